"""Marts: the shares of the fuels in the pending half-hours. Plausible, and near those that NESO publishes."""

from include.quality.bounds import between
from include.quality.subject import Subject

LOWEST_UNATTRIBUTED_PCT, HIGHEST_UNATTRIBUTED_PCT = -5, 50
LARGEST_SHARE_DIFFERENCE_POINTS = 0.5

QUERY = """
    with pending as materialized (select period_started_at from staging.stg_neso__pending_half_hours),

    totals as (
        select period_started_at, generation_mw
        from marts.half_hourly_generation
        where period_started_at = any(array(select period_started_at from pending))
    ),

    mixes as (
        select * from marts.half_hourly_generation_mix
        where period_started_at = any(array(select period_started_at from pending))
    )

    select
        mixes.period_started_at,
        mixes.fuel_code,
        case when mixes.fuel_code <> 'unattributed' then mixes.share_pct end as fuel_share_pct,
        case when mixes.fuel_code = 'unattributed' then mixes.share_pct end as unattributed_share_pct,
        mixes.published_share_pct - 100 * mixes.generation_mw / nullif(totals.generation_mw, 0)
            as share_difference_points
    from mixes
    inner join totals on mixes.period_started_at = totals.period_started_at
"""

HALF_HOURLY_GENERATION_MIX = Subject(
    suite="marts.half_hourly_generation_mix",
    table="marts.half_hourly_generation_mix",
    key=("period_started_at", "fuel_code"),
    query=QUERY,
    checks=(
        between(
            "fuel_share_is_plausible",
            "fuel_share_pct",
            0,
            100,
            says="the share of a fuel is 0 to 100 %",
            because="NESO cuts what is net negative to zero, and no fuel is more than all; gas had at most 72.8 %.",
        ),
        between(
            "unattributed_share_is_plausible",
            "unattributed_share_pct",
            LOWEST_UNATTRIBUTED_PCT,
            HIGHEST_UNATTRIBUTED_PCT,
            says=f"the unattributed share is {LOWEST_UNATTRIBUTED_PCT} to {HIGHEST_UNATTRIBUTED_PCT} %",
            because=(
                "Below zero it is rounding, or a fuel that was counted twice. Above, it is what a column that we "
                "do not know yet holds: NESO announces batteries, a few GW. Half of the grid would be a fuel gone."
            ),
        ),
        between(
            "shares_agree_with_published",
            "share_difference_points",
            -LARGEST_SHARE_DIFFERENCE_POINTS,
            LARGEST_SHARE_DIFFERENCE_POINTS,
            says=(f"the published share of a fuel is 100 x MW / total within {LARGEST_SHARE_DIFFERENCE_POINTS} points"),
            because="It is rounded to 0.1. Proven on the copies of 2023 and 2026 only (within 0.06), so it warns.",
            only_warns=True,
        ),
    ),
    datasets=("neso_generation_mix",),
)
