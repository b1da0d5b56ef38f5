"""Which suites judge which pipeline, by the id of its DAG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from include.quality.result import Stage
from include.quality.subject import Subject
from include.quality.suites.daily_coverage import DAILY_COVERAGE
from include.quality.suites.half_hourly_generation import HALF_HOURLY_GENERATION
from include.quality.suites.half_hourly_generation_mix import HALF_HOURLY_GENERATION_MIX
from include.quality.suites.raw_half_hours import raw_half_hours
from include.quality.suites.raw_versions import raw_versions
from include.quality.suites.run_counts import run_counts


@dataclass(frozen=True)
class Suites:
    """What is judged of a pipeline before dbt, given the run, and after it."""

    raw: Callable[[int], Sequence[Subject]]
    marts: Sequence[Subject]

    def of(self, stage: Stage, run_id: int) -> Sequence[Subject]:
        """Return what a stage judges."""
        return self.raw(run_id) if stage is Stage.CHECK_RAW else self.marts


def _neso_generation_mix(run_id: int) -> Sequence[Subject]:
    return (
        raw_versions("neso_generation_mix", key=("period_started_at",)),
        raw_half_hours("neso_generation_mix"),
        run_counts(["neso_generation_mix"], run_id),
    )


SUITES = {
    "neso_generation_mix": Suites(
        raw=_neso_generation_mix, marts=(HALF_HOURLY_GENERATION, HALF_HOURLY_GENERATION_MIX, DAILY_COVERAGE)
    ),
}
