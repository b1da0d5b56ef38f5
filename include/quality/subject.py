"""What is judged: some rows, and what must hold of them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    name: str
    """Which check of its suite it is: the same as long as it asks the same, whatever its limits."""
    expectation: Any
    """Great Expectations' own, with a `description` that ends a sentence, and `notes` that give its limit's reason."""


@dataclass(frozen=True)
class Subject:
    """The rows a query returns, and a suite of checks of them. Raises ValueError where two checks have one name."""

    suite: str
    """What is judged together, and whole; there is one of the name in the warehouse."""
    table: str
    """Where the rows come from, as schema and name."""
    key: tuple[str, ...]
    """Columns that name a row in a message."""
    query: str
    """Reads what is pending and what it belongs to, never the whole history. It runs once for all checks."""
    checks: tuple[Check, ...]
    datasets: tuple[str, ...] = ()
    """It is judged where one of these is pending; none: whenever its stage is."""
    has_incidents: bool = False
    """Whether each of its rows is an incident, named by the first column of the key, that people are told of once."""

    def __post_init__(self) -> None:
        names = [check.name for check in self.checks]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.suite} has two checks of one name: {', '.join(sorted(names))}")
