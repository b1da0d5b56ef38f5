"""What people are told, in words and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from include.operations.runs import written_out

SUMMARY_LIMIT = 500
RUNBOOK_HINT = "the run-book is behind the button “Dag Docs” there"


class Kind(StrEnum):
    """What went wrong."""

    RUN_FAILED = "run_failed"
    RUN_LOST = "run_lost"
    RUN_LATE = "run_late"
    SOURCE_STALE = "source_stale"
    DRIFT_FOUND = "drift_found"
    INCIDENT_FOUND = "incident_found"

    @property
    def words(self) -> str:
        """The kind as people say it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class Alert:
    """One thing that went wrong. Those of the same kind, DAG and subject are repetitions of each other."""

    kind: Kind
    dag_id: str
    subject: str
    summary: str
    airflow_run_id: str | None = None

    @property
    def line(self) -> str:
        """All of it in one line."""
        return f"{self.kind.words}: {self.dag_id}: {one_line(self.summary)}"

    def payload(
        self, *, airflow_url: str | None, raised_at: datetime, first_raised_at: datetime, times_raised: int
    ) -> dict[str, Any]:
        """Return what is sent: type, timestamp and data, as Standard Webhooks advises."""
        return {
            "type": f"gridloom.{self.kind.value}",
            "timestamp": raised_at.isoformat(),
            "data": {
                "kind": self.kind.value,
                "dag_id": self.dag_id,
                "run_id": self.airflow_run_id,
                "summary": one_line(self.summary)[:SUMMARY_LIMIT],
                "first_raised_at": first_raised_at.isoformat(),
                "times_raised": times_raised,
                **_links(self, airflow_url),
            },
        }


def in_words(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject line and the text of a mail."""
    data = payload["data"]
    title = f"[Gridloom] {data['kind'].replace('_', ' ')}: {data['dag_id']}"
    lines = [data["summary"], ""]
    if data["run_id"]:
        lines.append(f"run       {data['run_id']}")
    if data.get("run_url"):
        lines.append(f"          {data['run_url']}")
    if data.get("runbook_url"):
        lines.append(f"what now  {data['runbook_url']} ({RUNBOOK_HINT})")
    lines.append(f"since     {data['first_raised_at']}, met {data['times_raised']} times")
    return title, "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """Return a text without line breaks, which no header of a mail may hold, and with no character unseen."""
    return written_out(" ".join(text.split()))


def _links(alert: Alert, airflow_url: str | None) -> dict[str, str]:
    if airflow_url is None:
        return {}
    page = f"{airflow_url.rstrip('/')}/dags/{quote(alert.dag_id)}"
    run = {"run_url": f"{page}/runs/{quote(alert.airflow_run_id, safe='')}"} if alert.airflow_run_id else {}
    return {"runbook_url": page, **run}
