"""How Elexon's datasets go to `analytics`: light ones as they move, heavy ones once a day."""

import logging
from collections.abc import Mapping

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run
from include.ingestion.pace import Rate
from include.intake.planned import PlannedIntake
from include.pipeline import Pipeline
from include.raw_release import RawRelease
from include.release import Release
from include.settings import Settings
from include.sources.elexon.api import METADATA, PUBLISHER, REQUESTS, read_metadata
from include.sources.elexon.catalogue import committed
from include.sources.elexon.datasets import dataset, table_name
from include.sources.elexon.discovery import ALIASES, discover, moment
from include.sources.elexon.findings import keep
from include.sources.elexon.routes import BM_UNITS, DATA_STATUS, INTERCONNECTORS, SYSTEM_PRICES
from include.warehouse import Connection

log = logging.getLogger(__name__)


def _of(*, is_daily: bool) -> tuple[Dataset, ...]:
    return tuple(dataset(code, entry) for code, entry in committed().items() if entry.loaded.is_daily is is_daily)


def rates(settings: Settings) -> Mapping[str, Rate]:
    """Return the pace at which Elexon is asked, by everything that asks."""
    return {REQUESTS: Rate(settings.elexon_requests_per_second, 1)}


def editions(client: ApiClient) -> Mapping[str, str]:
    """Return when each dataset was last updated, as one answer tells of all of them."""
    listed = client.get(METADATA, {}, bucket=REQUESTS, read=read_metadata)
    named = {ALIASES.get(code, code): last_updated for code, last_updated in listed.items() if last_updated}
    return {f"elexon_{table_name(code)}": last_updated for code, last_updated in named.items()}


def look_around(deployment: Deployment, loader: Connection, run: Run) -> None:
    """Find out what Elexon has today, and keep it beside what is held."""
    now = moment()
    with ELEXON_LIVE_INTAKE.opened(deployment, loader) as client:
        found = list(discover(client, committed(), now=now))
    keep(loader, run.run_id, found, at=now)
    usable, drift = sum(each.usability[0] for each in found), [each for each in found if each.drift]
    log.info("%d names, %d of them can be loaded today", len(found), usable)
    for each in drift:
        log.warning("%s: %s; see `gridloom elexon adopt`", each.code, each.drift)


def _modelled_in(release: str, *beside: Dataset) -> tuple[Dataset, ...]:
    catalogued = (dataset(code, entry) for code, entry in committed().items() if entry.loaded.modelled_in == release)
    return (*catalogued, *beside)


def _release(name: str, *beside: Dataset, judged_by: str) -> Release:
    """Return the release of models that read a raw release's datasets, as far as that one has published them."""
    suites = f"include.sources.elexon.suites.{name.removeprefix('elexon_')}"
    return Release(name, reads=_modelled_in(name, *beside), suites=suites, follows=(judged_by,))


LIVE = (*_of(is_daily=False), SYSTEM_PRICES)
DAILY = (*_of(is_daily=True), DATA_STATUS, BM_UNITS, INTERCONNECTORS)
ELEXON_LIVE_INTAKE = PlannedIntake(PUBLISHER, LIVE, rates, editions=editions)
ELEXON_LIVE = Pipeline(
    dag_id="elexon_live",
    intake=ELEXON_LIVE_INTAKE,
    releases=(
        RawRelease("elexon_live", LIVE),
        _release("elexon_generation", judged_by="elexon_live"),
        _release("elexon_demand", judged_by="elexon_live"),
        _release("elexon_market", SYSTEM_PRICES, judged_by="elexon_live"),
        Release("grid_now", reads=(), follows=("elexon_generation", "elexon_demand", "elexon_market")),
    ),
)
ELEXON_DAILY = Pipeline(
    dag_id="elexon_daily",
    intake=PlannedIntake(PUBLISHER, DAILY, rates, editions=editions, is_by_scope=True),
    releases=(RawRelease("elexon_daily", DAILY), _release("elexon_units", BM_UNITS, judged_by="elexon_daily")),
)
ELEXON_DISCOVERY = Pipeline(dag_id="elexon_discovery", releases=(), discovers=look_around)
SOURCE_RECONCILIATION = Pipeline(
    dag_id="source_reconciliation",
    releases=(Release("source_reconciliation", reads=(), follows=("neso_generation_mix", "elexon_generation")),),
)
PIPELINES = (ELEXON_LIVE, ELEXON_DAILY, ELEXON_DISCOVERY, SOURCE_RECONCILIATION)
