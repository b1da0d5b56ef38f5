"""What a file brought: of whom it tells, its rows, what was refused of it, and what comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from include.ingestion.check import RejectedRow
from include.ingestion.folder import Listed
from include.ingestion.window import Window
from include.operations.runs import Counts


class Outcome(StrEnum):
    """What comes of a file, as `ops.loads.outcome` has it."""

    HELD = "held"
    UNCHANGED = "unchanged"
    """It holds what it held before."""
    FAILED = "failed"
    """It could not be read this time."""
    REFUSED = "refused"
    """It is not what it says; until it changes it is not read again."""


class RefusedFileError(Exception):
    """A file is not what it says: cut, empty, of another thing than its name says. The message names no person."""


class Reading(NamedTuple):
    """What a file holds that can be read."""

    person: str
    """Identifier of the one whom all of it is about."""
    rows: Sequence[tuple[datetime, Any]]
    """Each row's instant and its content."""
    covers: Window | None
    """From the first instant to the end of the last period; None where there is no row."""
    rejected: Sequence[RejectedRow] = ()
    repeated: int = 0
    """Rows that came more than once, the same each time."""
    unknown_columns: Sequence[tuple[str, str]] = ()
    """Columns that nobody declared, each with an example."""

    @property
    def fetched(self) -> int:
        """How many rows there were."""
        return len(self.rows) + len(self.rejected) + self.repeated


# Raises RefusedFileError. Takes the file's path within the folder and what it holds.
ReadFile: TypeAlias = Callable[[str, bytes], Reading]


@dataclass(frozen=True)
class Delivery:
    """A file that was read, or could not be."""

    listed: Listed
    scope: str
    """Its name in `ops`, which tells no person."""
    digest: bytes | None = None
    """SHA-256 of what it holds."""
    reading: Reading | None = None
    outcome: Outcome = Outcome.HELD
    cause: str | None = None
    counts: Counts = field(default_factory=Counts)
    known_at: datetime | None = None

    def failed(self, error: Exception, outcome: Outcome) -> "Delivery":
        """Return it as one that came to nothing, and why."""
        return replace(self, outcome=outcome, cause=f"{type(error).__name__}: {error}")
