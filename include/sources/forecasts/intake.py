"""What the DAG `forecasts` loads: what models make of what was known at its origin."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked, Occasion
from include.ingestion.ingest import Run, ingest
from include.ingestion.window import instant
from include.operations import loads
from include.sources.forecasts import refusals
from include.sources.forecasts.datasets import FORECASTS, Origin
from include.warehouse import Connection, Role


@dataclass(frozen=True)
class ForecastIntake:
    """The forecasts for one origin: the instant of the run, or the one that its param names."""

    datasets: tuple[Dataset, ...] = (FORECASTS,)

    def origin(self, context: Mapping[str, Any]) -> Origin:
        """Return the origin. Raises ValueError where the param cannot be read, or lies ahead of the run."""
        named, due_at = context["params"].get("origin"), Occasion.of(context["dag_run"]).instant
        origin = Origin(instant(named) if named else due_at, is_named=bool(named))
        if origin.at > due_at:
            raise ValueError(f"the origin {origin.at.isoformat()} lies ahead; nobody knows yet what is known then")
        return origin

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield the origin. Raises ValueError as `origin` does."""
        origin = self.origin(context)
        yield FORECASTS, Asked(origin, is_routine=not origin.is_named)

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Return the dataset: what is due is one task."""
        return [FORECASTS.name]

    def is_routine(self, context: Mapping[str, Any]) -> bool:
        """Tell whether the origin is the run's own."""
        return not self.origin(context).is_named

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Make what is due, and keep why the rest was not made; tell whether anything is new.

        Raises RewrittenError where the origin is held with other values. What was refused is no failure.
        """
        from include.sources.forecasts.forecaster import Forecaster  # noqa: PLC0415 - numpy belongs in tasks
        from include.sources.forecasts.models import panels  # noqa: PLC0415

        origin = self.origin(context)
        with deployment.session(Role.TRANSFORMER) as reader:
            forecaster = Forecaster(reader, panels(deployment.settings))
            asked = Asked(origin, is_routine=not origin.is_named)
            counts = ingest(FORECASTS, asked, client=forecaster, warehouse=loader, run=run)
        refusals.keep(loader, run.run_id, origin.at, forecaster.refusals)
        return counts is not None and counts.new > 0

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return why the origin has not come, if it has not."""
        return loads.failed(loader, run_id, [dataset.name for dataset in self.datasets])
