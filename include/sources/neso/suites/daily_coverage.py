"""Marts: the settlement days of the pending half-hours. A day is as long as the clocks make it."""

from include.quality.expectations import gxe
from include.quality.subject import Check, Subject

DATASET = "neso_generation_mix"
TABLE = f"marts.daily_coverage__{DATASET}"

QUERY = f"""
    select
        settlement_date,
        case when present_half_hours = expected_half_hours then present_half_hours end as whole_day_half_hours
    from {TABLE}
    where settlement_date = any(array(select settlement_date from staging.stg_neso__pending_half_hours))
"""  # noqa: S608 - names of ours

DAILY_COVERAGE = Subject(
    suite="marts.daily_coverage",
    table=TABLE,
    key=("settlement_date",),
    query=QUERY,
    checks=(
        Check(
            "whole_day_is_a_day",
            gxe.ExpectColumnValuesToBeInSet(
                column="whole_day_half_hours",
                value_set=[46, 48, 50],
                description="a whole day has 46, 48 or 50 half-hours",
                notes="46 where the clocks go forward, 50 where they go back (BSC, annex X-1).",
            ),
        ),
    ),
    datasets=(DATASET,),
)
