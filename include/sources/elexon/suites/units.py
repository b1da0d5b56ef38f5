"""What must hold of units, of what they notify and of what is asked of them, and why."""

from include.quality.bounds import between
from include.quality.subject import Subject

NOTIFIED_DAYS = """
    settlement_date = any(array(select settlement_date from staging.int_elexon__pending_notification_days))
"""
# Named one by one, which an index serves: the history of acceptances is long.
LINES_FROM = """
    select distinct held.time_from
    from raw.elexon_boalf as held
    inner join staging.int_elexon__pending_action_days as pending
        on
            held.time_from >= pending.settlement_date::timestamp at time zone 'Europe/London'
            and held.time_from < (pending.settlement_date + 1)::timestamp at time zone 'Europe/London'
"""
ACTION_DAYS = "settlement_date = any(array(select settlement_date from staging.int_elexon__pending_action_days))"

MARTS = (
    Subject(
        suite="marts.daily_unit_notifications",
        table="marts.daily_unit_notifications",
        key=("settlement_date", "national_grid_bm_unit"),
        query=f"""
            select
                settlement_date, national_grid_bm_unit, highest_mw, lowest_mw,
                greatest(notified_mwh - highest_mw * hours, lowest_mw * hours - notified_mwh) as beyond_its_levels_mwh
            from (
                select *, half_hours / 2.0::double precision as hours
                from marts.daily_unit_notifications
                where {NOTIFIED_DAYS}
            ) as notified
        """,  # noqa: S608 - no part of it comes from outside
        checks=(
            *(
                between(
                    f"{column}_is_in_mw",
                    column,
                    -10_000,
                    10_000,
                    says="a unit notifies -10,000 to 10,000 MW",
                    because="The largest unit gives some 1,700 MW; users of an interconnector trade more. Catches kW.",
                )
                for column in ("highest_mw", "lowest_mw")
            ),
            between(
                "energy_lies_between_the_levels",
                "beyond_its_levels_mwh",
                None,
                0.001,
                says="its energy is no more than its highest level gives, and no less than its lowest",
                because="Lines that overlap, or half-hours that stand twice, count some energy twice.",
            ),
        ),
        datasets=("elexon_pn",),
    ),
    Subject(
        suite="marts.half_hourly_balancing_actions",
        table="marts.half_hourly_balancing_actions",
        key=("period_started_at", "national_grid_bm_unit", "acceptance_number"),
        query=f"""
            select
                period_started_at, national_grid_bm_unit, acceptance_number, volume_mwh, price_gbp_per_mwh
            from marts.half_hourly_balancing_actions
            where {ACTION_DAYS}
        """,  # noqa: S608 - no part of it comes from outside
        checks=(
            between(
                "volume_is_in_mwh",
                "volume_mwh",
                -2_000,
                2_000,
                says="an acceptance moves a pair by at most 2,000 MWh in a half-hour",
                because="The largest unit gives some 850 MWh in a half-hour. Catches kWh, and a sum of many units.",
            ),
            between(
                "price_is_in_gbp_per_mwh",
                "price_gbp_per_mwh",
                -99_998,
                99_998,
                says="a bid or an offer has a price below 99,999 £/MWh",
                because="That is how a unit says never.",
            ),
        ),
    ),
    Subject(
        suite="marts.acceptances_without_notification",
        table="marts.half_hourly_balancing_actions",
        key=("settlement_date",),
        query=f"""
            select day.settlement_date, count(line.national_grid_bm_unit)::integer as units_without_notification
            from staging.int_elexon__pending_action_days as day
            left join staging.stg_elexon__boalf as line
                on
                    line.time_from >= day.settlement_date::timestamp at time zone 'Europe/London'
                    and line.time_from < (day.settlement_date + 1)::timestamp at time zone 'Europe/London'
                    and line.time_from = any(array({LINES_FROM}))
                    and not exists (
                        select from marts.daily_unit_notifications as notified
                        where
                            notified.settlement_date = day.settlement_date
                            and notified.national_grid_bm_unit = line.national_grid_bm_unit
                    )
            -- Acceptances are asked for some hours before the first day of notifications.
            where exists (
                select from marts.daily_unit_notifications as any_unit
                where any_unit.settlement_date = day.settlement_date
            )
            group by day.settlement_date
        """,  # noqa: S608 - no part of it comes from outside
        checks=(
            between(
                "acceptances_have_a_notification",
                "units_without_notification",
                None,
                0,
                says="each unit of an acceptance has notified what it will give that day",
                because="Without a level to count from an acceptance has no volume, and no row.",
                only_warns=True,
            ),
        ),
    ),
)
