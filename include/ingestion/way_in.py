"""How the rows of one scope come into raw: by a stage where they are compared, else straight."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset, Page, Storage
from include.ingestion.load import is_held, load_versions
from include.ingestion.scope import Scope
from include.ingestion.stage import Stage, stage
from include.ingestion.straight import FirstVersions, StageNeededError, Target, straight
from include.ingestion.windows import Replacement, replace_by_staged
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection

__all__ = ["Again", "StageNeededError", "WayIn", "way_in"]


@dataclass(frozen=True)
class Again:
    """Why a scope is asked for again, if it is."""

    needs_stage: bool = False
    """Rows came that have to be compared, with what is held or with each other."""
    gone_before: str | None = None
    """Known keys were gone from the answer before, these by a hash."""


class WayIn(Protocol):
    """Takes pages as they come, and in the end keeps them or not."""

    def add(self, pages: Iterable[Page], checked: RowCheck) -> None:
        """Take the rows that keep their contract."""

    def keep(self, checked: RowCheck, load: Load) -> Counts:
        """Commit them; return what came in and what it changed. What is raised instead left nothing behind."""


@dataclass(frozen=True)
class _ByStage:
    staged: Stage
    gone_before: str | None

    def add(self, pages: Iterable[Page], checked: RowCheck) -> None:
        self.staged.add(pages, checked)

    def keep(self, checked: RowCheck, load: Load) -> Counts:
        if self.staged.dataset.storage is Storage.REPLACED_WINDOWS:
            return replace_by_staged(self.staged, checked, load)
        return load_versions(self.staged, checked, load, gone_before=self.gone_before)


@contextmanager
def way_in(connection: Connection, dataset: Dataset, scope: Scope, load: Load, again: Again) -> Iterator[WayIn]:
    """Open the way in for the length of a block: straight, unless rows are to be compared."""
    target = None if again.needs_stage else _target(connection, dataset, scope, load)
    if target is None:
        with stage(connection, dataset) as staged:
            yield _ByStage(staged, again.gone_before)
    else:
        with straight(connection, target) as way:
            yield way


def _target(connection: Connection, dataset: Dataset, scope: Scope, load: Load) -> Target | None:
    """Return what rows can be copied to straight away, if they can."""
    # Where one of two rows wins, it has to be found first.
    if not dataset.is_typed or dataset.wins:
        return None
    if dataset.storage is Storage.REPLACED_WINDOWS:
        return Replacement(connection, dataset, scope)
    with connection:
        has_versions = is_held(connection, dataset, scope)
    return None if has_versions else FirstVersions(connection, dataset, scope, load.run_id)
