"""How readings, the reference and days that are asked for come in."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from include.deployment import Deployment
from include.ingestion.database import read_whole
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.errors import LastingError
from include.ingestion.ingest import Run
from include.ingestion.limits import Limits
from include.ingestion.scope import SettlementDays
from include.intake.asked import AskedIntake, Source
from include.sources.smart_meter.persons import meterpoints
from include.sources.smart_meter.reference import Reference
from include.warehouse import Connection, Role, fetch_value

REFERENCE_SETTING = "GRIDLOOM_SMART_METER_REFERENCE"


@dataclass(frozen=True)
class ReferenceIntake(AskedIntake):
    """A snapshot of the reference database: all tables of it as of one instant."""

    is_one_state: ClassVar[bool] = True

    @contextmanager
    def opened(self, deployment: Deployment, loader: Connection) -> Iterator[Source]:
        """Open the database, as `AskedIntake` says."""
        address = deployment.settings.smart_meter_reference
        if address is None:
            raise LastingError(f"nobody has said where the reference lies: set {REFERENCE_SETTING}")
        with (
            read_whole(address.get_secret_value()) as database,
            deployment.session(Role.LOADER) as numbering,
        ):
            yield Reference(database, meterpoints(deployment), numbering)


@dataclass(frozen=True)
class FirstReference(ReferenceIntake):
    """The same, only where nothing of it is held yet and it is known where it lies: so that a first run has answers."""

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield nothing that a run would be missing."""
        return iter(())

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Load the snapshot where there is none."""
        if deployment.settings.smart_meter_reference is None or _is_held(loader, self.datasets):
            return False
        return ReferenceIntake(self.publisher, self.datasets).load(context, deployment, run, loader, names)


def _is_held(loader: Connection, datasets: Collection[Dataset]) -> bool:
    statement = "select count(distinct dataset) from ops.loads where dataset = any(%s) and outcome = 'held'"
    with loader:
        return bool(fetch_value(loader, statement, ([each.name for each in datasets],)) == len(datasets))


@dataclass(frozen=True)
class AskedDateIntake(AskedIntake):
    """The day that the param `reference_date` names: active agreements of it are published, readings or not."""

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield the day, if one is named. Raises ValueError where it is no date."""
        named = context["params"].get("reference_date")
        if named:
            day = date.fromisoformat(named)
            yield from ((dataset, Asked(SettlementDays(day, day))) for dataset in self.datasets)

    def opened(self, deployment: Deployment, loader: Connection) -> AbstractContextManager[Source]:
        """Open nothing: the day itself is all there is."""
        return nullcontext(_NOTHING)


class _Nothing:
    def within(self, limits: Limits, *, is_hurried: bool) -> "_Nothing":
        return self


_NOTHING = _Nothing()
