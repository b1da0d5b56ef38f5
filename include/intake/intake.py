"""What a DAG loads: what every way of loading has in common."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.errors import LastingError, PassingError
from include.ingestion.ingest import Run
from include.warehouse import Connection


class Intake(Protocol):
    """What a DAG loads, each dataset with outcomes of its own in `ops.loads`."""

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """What is loaded."""

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what a run has to ask for, as far as that is known before. Raises ValueError for contrary params."""

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Return what each task of a mapped DAG loads, by name. Raises PassingError, LastingError or ValueError."""

    def is_routine(self, context: Mapping[str, Any]) -> bool:
        """Tell whether a run asks for nothing that somebody named."""

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Bring what is due into `raw`, of the pieces named or of all; tell whether anything came.

        Raises, once all is tried, PassingError where something that failed may pass by itself, else LastingError.
        """

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return what is due and has not come, now that all is tried, each in one line that names it."""


def raise_all(failures: list[PassingError | LastingError]) -> None:
    """Raise what failed: one failure as it was, several as one that names them all."""
    if not failures:
        return
    if len(failures) == 1:
        raise failures[0]
    passing = any(isinstance(error, PassingError) for error in failures)
    kind = PassingError if passing else LastingError
    raise kind("; ".join(dict.fromkeys(map(str, failures)))) from failures[0]
