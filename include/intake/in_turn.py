"""Several ways of loading, one after the other."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.errors import LastingError, PassingError
from include.ingestion.ingest import Run
from include.intake.intake import Intake, raise_all
from include.warehouse import Connection


@dataclass(frozen=True)
class InTurn:
    """Several intakes of one DAG. One that fails stops no other."""

    intakes: tuple[Intake, ...]

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """What all of them load."""
        return tuple(dict.fromkeys(dataset for each in self.intakes for dataset in each.datasets))

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what is due of each, as the protocol says."""
        for each in self.intakes:
            yield from each.due(context)

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Return the pieces of each, as the protocol says."""
        return [name for each in self.intakes for name in each.pieces(context, deployment, run, loader)]

    def is_routine(self, context: Mapping[str, Any]) -> bool:
        """Tell whether none of them asks for what somebody named."""
        return all(each.is_routine(context) for each in self.intakes)

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Load one after the other, as the protocol says."""
        came, failures = [], []
        for each in self.intakes:
            try:
                came.append(each.load(context, deployment, run, loader, names))
            except (PassingError, LastingError) as error:
                failures.append(error)
        raise_all(failures)
        return any(came)

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return what has not come of each."""
        return [line for each in self.intakes for line in each.left_undone(context, loader, run_id)]
