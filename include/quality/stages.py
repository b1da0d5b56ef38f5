"""The stages of a run that judge: raw before dbt, marts after it, and freshness. Each records what it found.

A failed check raises nothing here: `Verdict.raise_for_failure` does, where the caller wants it to.
"""

import logging
from datetime import datetime

from include.quality.checkpoint import judge
from include.quality.freshness import judge_freshness, newest_half_hour
from include.quality.pipelines import SUITES
from include.quality.record import record
from include.quality.result import CheckResult, Severity, Stage, Verdict
from include.warehouse import Connection, fetch_value

log = logging.getLogger(__name__)


def check_raw(connection: Connection, url: str, *, run_id: int, build_id: int | None = None) -> Verdict:
    """Judge what is pending in raw, as the transformer. Raises JudgementError where it cannot be read."""
    return _judge(connection, url, Stage.CHECK_RAW, run_id=run_id, build_id=build_id)


def check_marts(connection: Connection, url: str, *, run_id: int, build_id: int) -> Verdict:
    """Judge what a build has made of the pending keys, as the transformer. Raises as `check_raw` does."""
    return _judge(connection, url, Stage.CHECK_MARTS, run_id=run_id, build_id=build_id)


def check_freshness(
    connection: Connection, *, table: str, run_id: int, build_id: int | None, at: datetime, is_default_window: bool
) -> str | None:
    """Judge how old a table's newest half-hour is at an instant; return the line of a critical failure."""
    result = judge_freshness(newest_half_hour(connection, table), at, is_default_window=is_default_window, table=table)
    record(connection, run_id=run_id, build_id=build_id, stage=Stage.CHECK_MARTS, results=[result])
    _log(Verdict(Stage.CHECK_MARTS, (result,)))
    is_critical = not result.success and result.severity is Severity.CRITICAL
    return result.line if is_critical else None


def _judge(connection: Connection, url: str, stage: Stage, *, run_id: int, build_id: int | None) -> Verdict:
    with connection:
        dag_id = fetch_value(connection, "select dag_id from ops.pipeline_runs where run_id = %s", (run_id,))
    results = judge(SUITES[dag_id].of(stage, run_id), url=url)
    record(connection, run_id=run_id, build_id=build_id, stage=stage, results=results)
    verdict = Verdict(stage, tuple(results))
    _log(verdict)
    return verdict


def _log(verdict: Verdict) -> None:
    for result in verdict.results:
        if not result.success:
            log.log(_level(result), "%s: %s", verdict.stage, result.line)
    held = sum(result.success for result in verdict.results)
    log.info("%s: %d of %d checks hold", verdict.stage, held, len(verdict.results))


def _level(result: CheckResult) -> int:
    return logging.ERROR if result.severity is Severity.CRITICAL else logging.WARNING
