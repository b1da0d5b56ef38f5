"""What must hold of the outturn by fuel, and what is told where it does not.

Critical is what no grid can do; an incident of the publication warns and is told once (`daily_generation_incidents`).
"""

from include.quality.asked import pending_runs
from include.quality.bounds import between, never
from include.quality.subject import Check, Subject

RELEASE = "elexon_generation"
SNAPSHOTS_PENDING = "started_at = any(array(select started_at from staging.int_elexon__pending_snapshots))"
HALF_HOURS_PENDING = """
    period_started_at = any(array(select period_started_at from staging.int_elexon__pending_half_hours))
"""
# What began before midnight was told the day before.
INCIDENTS = """
    select
        incident.*,
        incident.concerns || ' since ' || to_char(incident.first_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
            as what
    from marts.daily_generation_incidents as incident
    where
        incident.settlement_date = any(array(select settlement_date from staging.int_elexon__pending_days))
        and not (
            incident.is_there_at_midnight
            and exists (
                select from marts.daily_generation_incidents as before
                where
                    before.settlement_date = incident.settlement_date - 1
                    and before.incident = incident.incident
                    and before.concerns = incident.concerns
                    and before.last_started_at = incident.first_started_at - interval '30 minutes'
            )
        )
"""
OF_HALF_HOURS = f"""
    select
        coalesce(fuels.period_started_at, flows.period_started_at) as period_started_at,
        -- What reads zero in a failover is told as that, and a part of a half-hour has no sum.
        case when not fuels.is_suspect and not quality.is_partial then fuels.generation_mw end as generation_mw,
        flows.flows_mw / cables.capacity_mw as flows_by_capacity
    from (
        select period_started_at, sum(generation_mw) as generation_mw, bool_or(is_suspect) as is_suspect
        from marts.half_hourly_fuel_generation
        where {HALF_HOURS_PENDING}
        group by period_started_at
    ) as fuels
    full join (
        select period_started_at, sum(abs(flow_mw)) as flows_mw
        from marts.half_hourly_interconnector_flows
        where {HALF_HOURS_PENDING}
        group by period_started_at
    ) as flows on fuels.period_started_at = flows.period_started_at
    inner join marts.half_hourly_generation_quality as quality
        on coalesce(fuels.period_started_at, flows.period_started_at) = quality.period_started_at
    cross join (
        select sum(capacity_mw)::double precision as capacity_mw from reference.interconnectors
    ) as cables
"""  # noqa: S608 - no part of it comes from outside
REPEATED = f"""
    with repeated as (
        select distinct date_bin('30 minutes', instant::timestamptz, 'epoch') as period_started_at
        from ops.loads as load
        cross join jsonb_array_elements_text(load.repeated_at) as instant
        where load.dataset = 'elexon_fuelhh' and load.run_id in ({pending_runs("elexon_fuelhh", RELEASE)})
    )

    select
        'elexon_fuelhh since ' || to_char(period_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as what,
        'told twice' as incident
    from repeated
    where not exists (
        select from repeated as before
        where before.period_started_at = repeated.period_started_at - interval '30 minutes'
    )
"""  # noqa: S608 - no part of it comes from outside


def _plausible(model: str, pending: str, instant: str, *, lasts: str, figure: str = "generation_mw") -> Subject:
    """Return what no outturn can be, of a table with a row per instant and code."""
    return Subject(
        suite=f"marts.{model}",
        table=f"marts.{model}",
        key=(instant, "fuel_code"),
        query=f"""
            select
                {instant}, fuel_code, {figure},
                extract(epoch from {instant} + interval '{lasts}' - known_at)::double precision / 60 as minutes_ahead
            from marts.{model}
            where {pending}
        """,  # noqa: S608 - no part of it comes from outside
        checks=(
            between(
                "power_is_in_mw",
                figure,
                -11_000,
                40_000,
                says="a fuel or cable gives -11,000 to 40,000 MW",
                because="Gas has given 27,339 MW at most since 2016, pumping has taken 2,746. Catches kW and W.",
            ),
            between(
                "nothing_is_told_ahead",
                "minutes_ahead",
                None,
                60,
                says="its time was over when it was told, within an hour",
                because="Outturn is measured; the hour is for clocks that differ.",
            ),
        ),
    )


def _incident(name: str, incident: str, says: str, because: str) -> Check:
    return never(name, "incident", incident, says=says, because=because)


MARTS = (
    _plausible("five_minute_generation", SNAPSHOTS_PENDING, "started_at", lasts="5 minutes"),
    _plausible("half_hourly_fuel_generation", HALF_HOURS_PENDING, "period_started_at", lasts="30 minutes"),
    _plausible(
        *("half_hourly_interconnector_flows", HALF_HOURS_PENDING, "period_started_at"),
        lasts="30 minutes",
        figure="flow_mw",
    ),
    Subject(
        suite="marts.half_hourly_outturn",
        table="marts.half_hourly_fuel_generation",
        key=("period_started_at",),
        query=OF_HALF_HOURS,
        checks=(
            between(
                "generation_is_in_mw",
                "generation_mw",
                1_000,
                70_000,
                says="all fuels together give 1,000 to 70,000 MW",
                because="They have given 12,000 to 52,000 MW since 2016. Catches GW, and a sum that lacks most of it.",
            ),
            between(
                "flows_are_possible",
                "flows_by_capacity",
                None,
                2,
                says="all cables together carry at most twice what they can",
                because="One cable that is over its capacity warns; all of them twice over are another unit.",
            ),
        ),
    ),
    Subject(
        suite="marts.daily_generation_incidents",
        table="marts.daily_generation_incidents",
        key=("what",),
        query=INCIDENTS,
        has_incidents=True,
        checks=(
            _incident(
                "no_gap", "gap", "no half-hour is missing", "Elexon does not fill its holes: 77 days from 2016 to 2023."
            ),
            _incident(
                "no_failover",
                "failover",
                "gas and nuclear do not read zero together",
                "They do while the system operator changes its control room, for half an hour to two and a half.",
            ),
            _incident(
                "no_flow_above_capacity",
                "flow above capacity",
                "no cable carries over a tenth more than it can",
                "Viking Link was said to carry 2,480 MW of 1,400 on 2025-11-27, after a failover.",
            ),
            _incident(
                "no_half_hour_repeats",
                "repeated half-hour",
                "no half-hour has all the figures of the one before",
                "From 2016 to 2026 none had, but for those of failovers.",
            ),
            _incident(
                "none_is_published_late",
                "published late",
                "a half-hour is published within an hour of its end",
                "As a rule it is at once; after failovers it took up to four hours and a quarter.",
            ),
            _incident(
                "no_code_is_unknown",
                "unknown code",
                "every code is one of reference.elexon_fuels",
                "BIOMASS came unannounced in November 2017.",
            ),
            _incident(
                "no_cable_is_unknown",
                "unknown cable",
                "every cable is one of reference.interconnectors",
                "Each new cable came unannounced, some for a day and then for good.",
            ),
        ),
    ),
    Subject(
        suite="marts.repeated_half_hours",
        table="raw.elexon_fuelhh",
        key=("what",),
        query=REPEATED,
        has_incidents=True,
        checks=(
            _incident(
                "no_row_is_told_twice",
                "told twice",
                "an answer has each half-hour of a fuel once",
                "The one that was published last counts. Demand forecasts have had whole rows twice.",
            ),
        ),
        datasets=("elexon_fuelhh",),
    ),
)
