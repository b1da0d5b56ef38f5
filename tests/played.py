"""The steps of a pipeline, played in one warehouse of a test against a simulated publisher; and what came of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

from include.deployment import Deployment
from tests.asking import Asking
from tests.simulated_portal import SimulatedPortal


def utc(text: str) -> datetime:
    """An instant, such as 2025-05-31 12:15."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def run_at(at: datetime, params: dict[str, Any]) -> dict[str, Any]:
    """Airflow's context of a run: scheduled every half-hour, or by hand where it has params."""
    begin, end = (None, None) if params else (at - timedelta(minutes=30), at)
    run = SimpleNamespace(
        run_id=f"played__{uuid4()}",
        run_after=at,
        data_interval_start=begin,
        data_interval_end=end,
        run_type="manual" if params else "scheduled",
    )
    return {"params": params, "dag_run": run}


@dataclass(frozen=True)
class Played(Asking):
    """One warehouse, and the simulated publisher that it asks."""

    api: SimulatedPortal
    place: Deployment

    publisher: ClassVar[str]

    def loads(self) -> dict[str, list[tuple[Any, ...]]]:
        """What came of each load of the newest run, by dataset: its outcome, and what it did."""
        rows = self.query(
            """
            select dataset, outcome, new::int, revised::int, withdrawn::int, rejected::int, repeated::int, outside::int
            from ops.loads where run_id = (select max(run_id) from ops.loads) order by load_id
            """
        )
        told: dict[str, Any] = {}
        for dataset, *load in rows:
            told.setdefault(dataset.removeprefix(f"{self.publisher}_"), []).append(tuple(load))
        return told
