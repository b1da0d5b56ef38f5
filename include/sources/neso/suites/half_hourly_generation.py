"""Marts: the pending half-hours. Plausible values, and agreement between the marts that tell of the same half-hour.

Ranges are those of NESO's whole file, 2009 to August 2025, and of its copies of 2023 and 2026.
"""

from include.quality.bounds import between
from include.quality.subject import Subject

LOWEST_GENERATION_MW, HIGHEST_GENERATION_MW = 10_000, 70_000
HIGHEST_INTENSITY_G_PER_KWH = 700
LARGEST_UNATTRIBUTED_MW = 3
HIGHEST_NIGHT_SOLAR_MW = 50
LARGEST_DISAGREEMENT_MW = 0.001
STEADY_DAYS = 3
STEADY_HALF_HOURS = 48 * STEADY_DAYS

# What moves all the time, and its longest run of equal values in the recorded copies, in half-hours. Left out: coal,
# storage and solar rest at 0 for days, imports rest at the limit of the cables, hydro and biomass move in small steps.
LONGEST_RUNS = {
    "generation_mw": 2,
    "gas_mw": 4,
    "nuclear_mw": 6,
    "wind_mw": 2,
    "embedded_wind_mw": 2,
    "carbon_intensity_g_per_kwh": 6,
}

PLAUSIBLE = (
    between(
        "generation_is_plausible",
        "generation_mw",
        LOWEST_GENERATION_MW,
        HIGHEST_GENERATION_MW,
        says=f"generation is {LOWEST_GENERATION_MW:,} to {HIGHEST_GENERATION_MW:,} MW",
        because="It has been 16,620 to 59,577 MW since 2009. Catches another unit, or a sum with a fuel missing.",
    ),
    between(
        "carbon_intensity_is_plausible",
        "carbon_intensity_g_per_kwh",
        0,
        HIGHEST_INTENSITY_G_PER_KWH,
        says=f"carbon intensity is 0 to {HIGHEST_INTENSITY_G_PER_KWH} g/kWh",
        because="It has been 11 to 644 since 2009, when coal gave almost half; coal alone would give some 940.",
    ),
    between(
        "solar_rests_at_night",
        "deep_night_solar_mw",
        None,
        HIGHEST_NIGHT_SOLAR_MW,
        says=f"solar from 22:30 to 02:30 UTC is at most {HIGHEST_NIGHT_SOLAR_MW} MW",
        because=(
            "The sun is down all over Great Britain from 21:45 to 02:30 UTC, all year round. It is 0 in all copies "
            "of 2023 and 2026; NESO's estimates of 2016 to 2018 have up to 11 MW there. Catches shifted time."
        ),
    ),
    between(
        "fuels_make_the_total",
        "unattributed_mw",
        -LARGEST_UNATTRIBUTED_MW,
        LARGEST_UNATTRIBUTED_MW,
        says=f"the total is the sum of the fuels within {LARGEST_UNATTRIBUTED_MW} MW",
        because="Each fuel is rounded. Proven on the copies of 2023 and 2026 only (2 MW at most), so it warns.",
        only_warns=True,
    ),
)

STEADY = tuple(
    between(
        f"{column}_moves",
        f"{column}_steady_half_hours",
        None,
        STEADY_HALF_HOURS,
        says=f"{column} does not stand still for {STEADY_DAYS} days",
        because=f"In the copies of 2023 and 2026 it never has one value for more than {longest} half-hours in a row.",
        only_warns=True,
    )
    for column, longest in LONGEST_RUNS.items()
)

AGREEMENT = tuple(
    between(
        f"{mart}_agrees",
        f"{mart}_difference_mw",
        -LARGEST_DISAGREEMENT_MW,
        LARGEST_DISAGREEMENT_MW,
        says=f"generation is the same in {where}",
        because="Both are built from one version of one row; only the order of a sum may differ.",
    )
    for mart, where in {
        "mix": "half_hourly_generation_mix, summed over the fuels",
        "balance": "half_hourly_carbon_balance",
        "version": "the latest of half_hourly_generation_versions",
    }.items()
)


def _steady_half_hours() -> str:
    """SQL: of how many equal values in a row each value is one. A run ends where a half-hour is missing."""
    starts = ", ".join(
        f"{name} is distinct from lag({name}) over in_time or is_apart as {name}_starts" for name in LONGEST_RUNS
    )
    bounds = ", ".join(
        f"max(number) filter (where {name}_starts) over in_time as {name}_since, "
        f"min(number) filter (where {name}_starts) over later as {name}_until"
        for name in LONGEST_RUNS
    )
    lengths = ", ".join(
        f"case when {name} is not null then coalesce({name}_until, count(*) over () + 1) - {name}_since end "
        f"as {name}_steady_half_hours"
        for name in LONGEST_RUNS
    )
    values = ", ".join(LONGEST_RUNS)
    return f"""
        select period_started_at, {lengths}
        from (
            select *, {bounds}
            from (
                select *, {starts}
                from (
                    select
                        period_started_at,
                        {values},
                        row_number() over in_time as number,
                        period_started_at - lag(period_started_at) over in_time > interval '30 minutes' as is_apart
                    from marts.half_hourly_generation
                    where settlement_date = any(array(select settlement_date from days_around))
                    window in_time as (order by period_started_at)
                ) as numbered
                window in_time as (order by period_started_at)
            ) as started
            window
                in_time as (order by number),
                later as (order by number desc rows between unbounded preceding and 1 preceding)
        ) as bounded
    """  # noqa: S608 - names of ours


QUERY = f"""
    with pending as materialized (select period_started_at from staging.stg_neso__pending_half_hours),

    pending_days as materialized (
        select distinct (period_started_at at time zone 'Europe/London')::date as settlement_date from pending
    ),

    -- As far before and after a half-hour as a value may stand still.
    days_around as (
        select distinct pending_days.settlement_date + away as settlement_date
        from pending_days
        cross join generate_series(-{STEADY_DAYS}, {STEADY_DAYS}) as away
    ),

    steadiness as ({_steady_half_hours()}),

    half_hours as (
        select * from marts.half_hourly_generation
        where period_started_at = any(array(select period_started_at from pending))
    ),

    mixes as (
        select period_started_at, sum(generation_mw) as generation_mw
        from marts.half_hourly_generation_mix
        where period_started_at = any(array(select period_started_at from pending))
        group by period_started_at
    ),

    balances as (
        select period_started_at, generation_mw
        from marts.half_hourly_carbon_balance
        where period_started_at = any(array(select period_started_at from pending))
    ),

    versions as (
        select distinct on (period_started_at) period_started_at, generation_mw
        from marts.half_hourly_generation_versions
        where period_started_at = any(array(select period_started_at from pending))
        order by period_started_at, version_id desc
    )

    select
        half_hours.period_started_at,
        half_hours.generation_mw,
        half_hours.unattributed_mw,
        half_hours.carbon_intensity_g_per_kwh,
        case
            when
                (half_hours.period_started_at at time zone 'UTC')::time >= time '22:30'
                or (half_hours.period_started_at at time zone 'UTC')::time < time '02:30'
                then half_hours.solar_mw
        end as deep_night_solar_mw,
        half_hours.generation_mw - coalesce(mixes.generation_mw, 0) as mix_difference_mw,
        half_hours.generation_mw - coalesce(balances.generation_mw, 0) as balance_difference_mw,
        half_hours.generation_mw - coalesce(versions.generation_mw, 0) as version_difference_mw,
        {", ".join(f"steadiness.{name}_steady_half_hours" for name in LONGEST_RUNS)}
    from half_hours
    left join mixes on half_hours.period_started_at = mixes.period_started_at
    left join balances on half_hours.period_started_at = balances.period_started_at
    left join versions on half_hours.period_started_at = versions.period_started_at
    left join steadiness on half_hours.period_started_at = steadiness.period_started_at
"""  # noqa: S608 - names of ours

HALF_HOURLY_GENERATION = Subject(
    suite="marts.half_hourly_generation",
    table="marts.half_hourly_generation",
    key=("period_started_at",),
    query=QUERY,
    checks=(*PLAUSIBLE, *STEADY, *AGREEMENT),
    datasets=("neso_generation_mix",),
)
