"""The way of NESO's half-hours from the portal to `analytics`, step by step, in one warehouse of a test."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from include.deployment import Deployment
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient, Patience
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import SharedPace
from include.ingestion.window import Window
from include.operations import runs, versions
from include.operations.runs import Counts
from include.settings import Settings
from include.sources.neso.generation_mix import GENERATION_MIX
from include.sources.neso.pipeline import PIPELINE
from include.transformation.build import Build, Job, build_models
from include.transformation.dbt import Dbt
from include.transformation.publish import Publication, publish
from include.warehouse import Connection, Role
from tests.asking import Asking, Rows
from tests.simulated_portal import SimulatedPortal

# A test does not wait as long as a run does.
QUICK = Patience(attempts=3, total_s=20, longest_wait_s=0.02, first_wait_s=0.01)
FAST = {"neso_requests_per_second": 1e6, "neso_datastore_per_minute": 1e6}
TABLES = (
    *("half_hourly_generation", "half_hourly_generation_mix", "half_hourly_carbon_balance"),
    *("half_hourly_generation_versions", "generation_revisions", "daily_coverage"),
    *("daily_generation_mix", "monthly_generation_mix", "yearly_generation_mix"),
)
FUELS = (
    *("gas", "coal", "nuclear", "wind", "embedded_wind", "hydro"),
    *("imports", "biomass", "other", "solar", "storage"),
)
_RUNS = count(1)


@dataclass(frozen=True)
class Journey(Asking):
    """One warehouse, and the portal that it asks."""

    portal: SimulatedPortal
    place: Deployment

    @classmethod
    def through(cls, portal: SimulatedPortal, settings: Settings, url: Callable[[Role], str]) -> "Journey":
        """Return the way into a warehouse, at a pace at which nobody waits."""
        return cls(portal, Deployment(settings.model_copy(update={"neso_url": portal.url, **FAST}), url))

    def ingest(
        self,
        window: Window,
        *,
        is_routine: bool = False,
        read_timeout_s: float = 20,
        patience: Patience = QUICK,
    ) -> Counts | None:
        """Bring a window into raw, as a run of its own."""
        with self.place.session(Role.LOADER) as loader, self.place.session(Role.LOADER, autocommit=True) as pacing:
            pace = SharedPace(pacing, PIPELINE.intake.publisher.name, PIPELINE.intake.rates(self.place.settings))
            client = ApiClient(self.portal.url, pace, patience, read_timeout_s)
            asked = Asked(window, is_routine)
            return ingest(GENERATION_MIX, asked, client=client, warehouse=loader, run=open_run(loader))

    def bring(self, dbt: Dbt | None = None) -> int | None:
        """Build what is pending and publish it; return how many half-hours that were."""
        with self.place.session(Role.LOADER) as loader:
            run = open_run(loader)
        build = self.build(run, dbt or self.place.dbt())
        publication = Publication(PIPELINE.release().name, build, run.run_id)
        with self.place.session(Role.TRANSFORMER) as transformer:
            published = publish(transformer, publication)
        return published.keys if published else None

    def build(self, run: Run, dbt: Dbt) -> Build:
        """Build what is pending."""
        with self.place.session(Role.TRANSFORMER) as transformer, self.place.session(Role.TRANSFORMER) as slot:
            return build_models(transformer, slot, dbt, Job(PIPELINE.release().name, run.run_id))

    @property
    def has_pending(self) -> bool:
        """Whether raw has versions that are not published."""
        with self.place.session(Role.TRANSFORMER) as transformer:
            return versions.has_pending(transformer, PIPELINE.release().name)

    def raw(self) -> Rows:
        """All versions, with their timestamps, and how far they are published."""
        rows = self.query("select * from raw.neso_generation_mix order by version_id")
        return [*rows, *self.query("select * from ops.datasets"), *self.query("select * from ops.watermarks")]

    def content(self) -> Rows:
        """What raw holds of each version, without when and by which run it came."""
        return self.query(
            "select period_started_at, payload, content_hash from raw.neso_generation_mix order by 1, version_id"
        )

    def analytics(self) -> dict[str, Rows]:
        """All that analysts can read."""
        held = {}
        with self.cursor(Role.ANALYST) as cursor:
            for table in TABLES:
                cursor.execute(f"select * from analytics.{table} order by 1, 2")
                held[table] = list(cursor.fetchall())
        return held


def open_run(loader: Connection) -> Run:
    """Open a run of the DAG."""
    return Run(PIPELINE.dag_id, runs.open_run(loader, PIPELINE.dag_id, f"journey__{next(_RUNS)}"))
