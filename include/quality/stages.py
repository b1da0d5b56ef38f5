"""The stages of a release that judge: raw before dbt, marts after it, and freshness. Each records what it found.

A failed check raises nothing here: `Verdict.raise_for_failure` does, where the caller wants it to.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.operations import versions
from include.quality.checkpoint import judge
from include.quality.freshness import Freshness, judge_freshness, newest_period
from include.quality.record import record
from include.quality.result import CheckResult, Severity, Stage, Verdict
from include.quality.subject import Subject
from include.warehouse import Connection, fetch_value

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judging:
    """What judges: a stage of a release, for a run, and the build that is judged, if there is one."""

    release: str
    run_id: int
    stage: Stage
    build_id: int | None = None


def judge_pending(connection: Connection, url: str, judging: Judging, subjects: Iterable[Subject]) -> Verdict:
    """Judge those subjects of which something is pending, as the transformer.

    Raises JudgementError where they cannot be read.
    """
    pending = versions.pending_datasets(connection, judging.release)
    judged = [each for each in subjects if not each.datasets or pending.intersection(each.datasets)]
    return _recorded(connection, judging, judge(judged, url=url, is_personal=is_personal(connection, judging.release)))


def check_freshness(
    connection: Connection, judging: Judging, datasets: Iterable[Freshness], *, at: datetime, is_routine: bool
) -> str | None:
    """Judge how old each dataset's newest period is at an instant; return which are critically old, in one line."""
    results = {
        each.dataset: judge_freshness(
            each,
            newest_period(connection, each.table, each.time_column, each.measured_column),
            at,
            is_routine=is_routine,
        )
        for each in datasets
    }
    if not results:
        return None
    _recorded(connection, judging, list(results.values()))
    stale = [
        f"{dataset}: {result.line}"
        for dataset, result in results.items()
        if not result.success and result.severity is Severity.CRITICAL
    ]
    return "; ".join(stale) or None


def is_personal(connection: Connection, release: str) -> bool:
    """Tell whether any dataset that a release reads is personal."""
    statement = """
        select bool_or(dataset.is_personal)
        from ops.watermarks as watermark
        inner join ops.datasets as dataset on watermark.dataset = dataset.dataset
        where watermark.release = %s
    """
    with connection:
        return bool(fetch_value(connection, statement, (release,)))


def _recorded(connection: Connection, judging: Judging, results: Sequence[CheckResult]) -> Verdict:
    record(connection, run_id=judging.run_id, build_id=judging.build_id, stage=judging.stage, results=results)
    verdict = Verdict(judging.stage, tuple(results))
    for result in verdict.results:
        if not result.success:
            log.log(_level(result), "%s: %s", verdict.stage, result.line)
    held = sum(result.success for result in verdict.results)
    log.info("%s: %d of %d checks hold", verdict.stage, held, len(verdict.results))
    return verdict


def _level(result: CheckResult) -> int:
    return logging.ERROR if result.severity is Severity.CRITICAL else logging.WARNING
