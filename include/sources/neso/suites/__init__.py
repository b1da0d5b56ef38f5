"""What must hold of NESO's generation mix, and why each number is that number."""

from collections.abc import Sequence

from include.quality.subject import Subject
from include.quality.suites.load_counts import load_counts
from include.quality.suites.raw_periods import Grid, raw_periods
from include.quality.suites.raw_versions import raw_versions
from include.sources.neso.suites.daily_coverage import DAILY_COVERAGE
from include.sources.neso.suites.half_hourly_generation import HALF_HOURLY_GENERATION
from include.sources.neso.suites.half_hourly_generation_mix import HALF_HOURLY_GENERATION_MIX

DATASET = RELEASE = "neso_generation_mix"
MARTS = (HALF_HOURLY_GENERATION, HALF_HOURLY_GENERATION_MIX, DAILY_COVERAGE)


def raw(run_id: int) -> Sequence[Subject]:
    """Return what is judged before dbt, for a run."""
    return (
        raw_versions(DATASET, RELEASE, key=("period_started_at",)),
        raw_periods(Grid(DATASET, RELEASE)),
        load_counts(DATASET, RELEASE, run_id),
    )
