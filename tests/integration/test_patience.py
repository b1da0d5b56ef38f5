"""A lastingly failing source fails a run within five minutes, all retries included, however it fails."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.ingestion import http
from include.ingestion.errors import SourceUnavailableError
from include.settings import Settings
from include.sources.neso.pipeline import PIPELINE

REPOSITORY = Path(__file__).parent.parent.parent
# What Airflow takes to start a task, at most, on a busy machine.
TASK_START_S = 10
TRIES_OF_A_TASK = """
import sys
from datetime import timedelta
from airflow.dag_processing.dagbag import DagBag
task = DagBag(sys.argv[1]).dags["neso_generation_mix"].get_task("extract_and_load")
print("TRIES", task.retries, task.retry_delay.total_seconds())
"""


@pytest.fixture(scope="module")
def tries(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, float]:
    """How often the DAG retries the task that asks the publisher, and after how many seconds."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    command = [sys.executable, "-c", TRIES_OF_A_TASK, str(REPOSITORY / "dags")]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    _, retries, delay_s = told[told.index("TRIES") :].split()
    return int(retries), float(delay_s)


@dataclass
class StillClock:
    """Moves only where somebody sleeps."""

    now_s: float = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class Buckets:
    """NESO's token buckets on that clock."""

    clock: StillClock
    rates: Any
    held: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, bucket: str) -> None:
        rate = self.rates[bucket]
        tokens, taken_s = self.held.get(bucket, (rate.burst, self.clock.now_s))
        tokens = min(rate.burst, tokens + (self.clock.now_s - taken_s) * rate.per_second) - 1
        self.held[bucket] = tokens, self.clock.now_s
        self.clock.sleep(max(0.0, -tokens / rate.per_second))


@pytest.mark.parametrize("retry_after_s", [None, 0, 1, 20, 30, 60])
@pytest.mark.parametrize("bucket", ["datastore", "requests"])
def test_a_lastingly_failing_source_fails_a_run_within_five_minutes(tries, bucket, retry_after_s, monkeypatch):
    """However long each attempt takes to fail: at once, after the time limits, or at the worst, which is their sum."""
    retries, delay_s = tries
    monkeypatch.setattr(http.log, "disabled", True)
    # Connected late, silent until the time limit, then silent once more after the first byte.
    longest_s = http.CONNECT_TIMEOUT_S + 2 * http.READ_TIMEOUT_S
    for attempt_s in range(longest_s + 1):
        clock = StillClock()
        monkeypatch.setattr(http, "time", clock)
        monkeypatch.setattr("tenacity.time", clock)
        client = failing_client(clock, attempt_s, retry_after_s)
        for attempt in range(retries + 1):
            clock.sleep(TASK_START_S + (delay_s if attempt else 0))
            with pytest.raises(SourceUnavailableError):
                client.get("rows", {}, bucket=bucket, read=len)
        assert clock.now_s <= 300, f"where an attempt takes {attempt_s} s"


def failing_client(clock: StillClock, attempt_s: float, retry_after_s: float | None) -> http.ApiClient:
    """The client as a run has it, with NESO's own pace, and a publisher that fails after so many seconds."""

    def fail(*_: Any, **__: Any) -> None:
        clock.sleep(attempt_s)
        raise SourceUnavailableError("not today", retry_after_s=retry_after_s)

    session: Any = SimpleNamespace(get=fail, headers={})
    return http.ApiClient(
        "https://neso.test", Buckets(clock, PIPELINE.intake.rates(Settings(_env_file=None))), session=session
    )
