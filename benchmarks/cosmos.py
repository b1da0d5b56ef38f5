"""The same models through Cosmos, in turn with whole hourly runs of ours.

It is measured in an Airflow as its users have it and, as a further row, on our scheduler, which imports dbt ahead.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import cosmos_airflow
from benchmarks.hourly import median_s, succeeded, told
from benchmarks.measured_airflow import MeasuredAirflow, RunTime
from benchmarks.rig import DAG, Rig, link_dags
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import SharedPace
from include.ingestion.window import Window
from include.operations import runs, versions
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Role

log = logging.getLogger(__name__)

DAGS = Path(__file__).parent / "cosmos_dags"
LOOK_BACK = timedelta(days=100)
QUICKEST = "Cosmos LOCAL, tests at the end"
WAYS = {
    "Cosmos LOCAL, tests as it builds": "cosmos_local_tested",
    "Cosmos WATCHER, tests as it builds": "cosmos_watcher_tested",
    QUICKEST: "cosmos_local",
    "Cosmos WATCHER, tests at the end": "cosmos_watcher",
}
# A run that hangs is to fail the benchmark, not to hold it up.
TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Peer:
    """A DAG of Cosmos's, and the Airflow that runs it."""

    name: str
    dag_id: str
    airflow: MeasuredAirflow


def measure(rig: Rig, *, rounds: int) -> dict[str, Any]:
    """Measure Cosmos in an Airflow of its own, then on our scheduler, a run of ours before each of its runs."""
    with cosmos_airflow.running_beside(rig, dags=DAGS) as beside:
        in_its_own = _measure_in_turn(rig, [Peer(name, dag_id, beside) for name, dag_id in WAYS.items()], rounds)
    with _known_to_ours(rig):
        warm = Peer(f"{QUICKEST} on Gridloom's warm scheduler", WAYS[QUICKEST], rig.airflow)
        on_ours = _measure_in_turn(rig, [warm], rounds)
    return {"comparisons": [in_its_own, on_ours]}


def _measure_in_turn(rig: Rig, peers: Sequence[Peer], rounds: int) -> dict[str, Any]:
    """Measure peers round by round."""
    for peer in peers:
        peer.airflow.wait_for(peer.dag_id)
    ours: list[RunTime] = []
    theirs: dict[str, list[RunTime]] = {peer.name: [] for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            rig.next_hour()
            ours.append(succeeded(rig.run()))
            theirs[peer.name].append(_run(rig, peer))
            log.info("%s %.2f s, ours %.2f s", peer.name, theirs[peer.name][-1].wall_s, ours[-1].wall_s)
    return {
        "ours": told(ours),
        "peers": {
            name: {**told(measured), "times_ours": round(median_s(measured) / median_s(ours), 2)}
            for name, measured in theirs.items()
        },
    }


def _run(rig: Rig, peer: Peer) -> RunTime:
    rig.next_hour()
    load_without_building(rig)
    return succeeded(peer.airflow.run(peer.dag_id, {}, run_after=rig.now, timeout_s=TIMEOUT_S))


@contextmanager
def _known_to_ours(rig: Rig) -> Iterator[None]:
    """Lay Cosmos's DAGs beside ours; not while anything else is measured, as reading them costs seconds of CPU."""
    folder = Path(rig.machine.environment["GRIDLOOM_DAGS_FOLDER"])
    links = link_dags(folder, list(DAGS.glob("*.py")))
    try:
        yield
    finally:
        for link in links:
            link.unlink()


def load_without_building(rig: Rig) -> None:
    """Bring the hour's rows into raw and fix what a build reads, so that Cosmos finds as much to build as ours."""
    place = rig.place
    with place.session(Role.LOADER) as loader, place.session(Role.LOADER, autocommit=True) as pacing:
        run = Run(DAG, runs.open_run(loader, DAG, f"bench__{rig.now.isoformat()}"))
        intake = PIPELINE.intake
        pace = SharedPace(pacing, intake.publisher.name, intake.rates(place.settings))
        client = ApiClient(rig.portal.url, pace)
        window = Window(rig.now - LOOK_BACK, rig.now)
        ingest(intake.datasets[0], Asked(window), client=client, warehouse=loader, run=run)
        runs.close_run(loader, DAG, f"bench__{rig.now.isoformat()}", failed=False)
    with place.session(Role.TRANSFORMER) as transformer:
        versions.begin_build(transformer, PIPELINE.release().name)
