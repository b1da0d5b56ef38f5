"""What must hold of the pending days, and why. Subjects name meters by their pseudonyms, and nobody by an id."""

from include.quality.asked import published_version
from include.quality.bounds import between
from include.quality.subject import Check, Subject
from include.sources.smart_meter.datasets import AGREEMENTS, METERPOINTS, PRODUCTS, READINGS, REFERENCE_DATES
from include.sources.smart_meter.persons import METERPOINT

RELEASE = "smart_meter"
IS_PENDING = "consumption_date = any(array(select consumption_date from staging.stg_smart_meter__pending_days))"
ALL = tuple(each.name for each in (READINGS, AGREEMENTS, PRODUCTS, METERPOINTS, REFERENCE_DATES))

BOUNDS = f"""
    select
        min(consumption_kwh) as least_kwh,
        max(consumption_kwh) as most_kwh
    from raw.smart_meter_readings
    where version_id > {published_version(READINGS.name, RELEASE)}
"""  # noqa: S608 - names of ours
METER_DAYS = f"""
    select consumption_date, meter_pseudonym, missing_half_hours, not_begun_half_hours
    from marts.daily_meter_consumption
    where {IS_PENDING}
"""  # noqa: S608
# Agreements of no length are never active, and may lie within others.
AT_ONCE = """
    select count(*) filter (where next_valid_from < coalesce(valid_to, 'infinity')) as agreements_at_once
    from (
        select
            valid_to,
            lead(valid_from) over (partition by meter_pseudonym order by valid_from) as next_valid_from
        from marts.agreement_versions
        where superseded_at is null and not is_withdrawn and valid_to is distinct from valid_from
    ) as agreement
"""
UNRESOLVED = f"""
    select
        count(*) filter (where product_name is null) as agreements_without_product,
        count(*) filter (where region is null) as agreements_without_region,
        (
            select count(distinct meter_pseudonym) from marts.consumption_without_agreement
            where {IS_PENDING} and not is_in_reference
        ) as unknown_meters
    from marts.active_agreements
    where {IS_PENDING}
"""  # noqa: S608
# What raw holds is added up by itself, one meter after the other by the index of the key.
SUMS = f"""
    with days as materialized (
        select distinct
            consumption_date,
            consumption_date::timestamp at time zone 'Europe/London' as started_at,
            (consumption_date + 1)::timestamp at time zone 'Europe/London' as ended_at
        from staging.stg_smart_meter__pending_days
    ),

    held as (
        select days.consumption_date, count(*) as readings, sum(reading.consumption_kwh) as kwh
        from raw.pseudonyms as meter
        cross join days
        cross join lateral (
            select distinct on (version.period_started_at) version.consumption_kwh::numeric(12, 3) as consumption_kwh
            from raw.smart_meter_readings as version
            where
                version.meter_number = meter.number
                and version.period_started_at >= days.started_at
                and version.period_started_at < days.ended_at
                and version.version_id <= (
                    select built_version_id from ops.watermarks
                    where release = '{RELEASE}' and dataset = '{READINGS.name}'
                )
            order by version.period_started_at desc, version.version_id desc
        ) as reading
        where meter.subject = '{METERPOINT}' and reading.consumption_kwh is not null
        group by days.consumption_date
    ),

    sums as (
        select
            days.consumption_date,
            coalesce(held.readings, 0) as readings,
            coalesce(held.kwh, 0) as kwh,
            coalesce(half_hours.readings, 0) as half_hour_readings,
            coalesce(half_hours.kwh, 0) as half_hour_kwh,
            coalesce(without_agreement.readings, 0) as without_readings,
            coalesce(without_agreement.kwh, 0) as without_kwh,
            coalesce(products.readings, 0) as product_readings,
            coalesce(products.kwh, 0) as product_kwh,
            coalesce(product_half_hours.kwh, 0) as product_half_hour_kwh,
            coalesce(regions.kwh, 0) as region_kwh,
            coalesce(without_region.kwh, 0) as without_region_kwh
        from days
        left join held using (consumption_date)
        left join (
            select consumption_date, sum(meters) as readings, sum(consumption_kwh) as kwh
            from marts.half_hourly_consumption where {IS_PENDING} group by consumption_date
        ) as half_hours using (consumption_date)
        left join (
            select consumption_date, sum(readings) as readings, sum(consumption_kwh) as kwh
            from marts.consumption_without_agreement where {IS_PENDING} group by consumption_date
        ) as without_agreement using (consumption_date)
        left join (
            select consumption_date, sum(readings) as readings, sum(consumption_kwh) as kwh
            from staging.int_smart_meter__product_days where {IS_PENDING} group by consumption_date
        ) as products using (consumption_date)
        left join (
            select consumption_date, sum(consumption_kwh) as kwh
            from staging.int_smart_meter__product_half_hours where {IS_PENDING} group by consumption_date
        ) as product_half_hours using (consumption_date)
        left join (
            select consumption_date, sum(consumption_kwh) as kwh
            from staging.int_smart_meter__region_days where {IS_PENDING} group by consumption_date
        ) as regions using (consumption_date)
        left join (
            select day.consumption_date, sum(day.consumption_kwh) as kwh
            from (select * from marts.daily_meter_consumption where {IS_PENDING}) as day
            left join staging.stg_smart_meter__meterpoints as meterpoint using (meter_pseudonym)
            where meterpoint.meter_pseudonym is null
            group by day.consumption_date
        ) as without_region using (consumption_date)
    )

    select
        consumption_date,
        readings - half_hour_readings as readings_in_no_half_hour,
        kwh - half_hour_kwh as kwh_in_no_half_hour,
        readings - product_readings - without_readings as readings_unaccounted,
        kwh - product_kwh - without_kwh as kwh_unaccounted,
        half_hour_kwh - without_kwh - product_kwh as kwh_of_no_product,
        half_hour_kwh - without_kwh - product_half_hour_kwh as kwh_of_no_product_half_hour,
        half_hour_kwh - without_region_kwh - region_kwh as kwh_of_no_region
    from sums
"""  # noqa: S608


def _none(name: str, column: str, *, says: str, because: str, only_warns: bool = False) -> Check:
    return between(name, column, 0, 0, says=says, because=because, only_warns=only_warns)


TO_THE_WATT_HOUR = "All of it is added up in whole watt-hours, so there is nothing to round."

MARTS = (
    Subject(
        suite="raw.smart_meter_readings.consumption",
        table="raw.smart_meter_readings",
        key=("least_kwh", "most_kwh"),
        query=BOUNDS,
        checks=(
            between(
                "consumption_is_not_negative",
                "least_kwh",
                0,
                None,
                says="consumption is 0 kWh or more",
                because="What a home feeds in is metered by itself.",
            ),
            between(
                "consumption_is_plausible",
                "most_kwh",
                None,
                50,
                says="consumption is at most 50 kWh a half-hour",
                because="A house's fuse lets 11.5 kWh through; meant to catch Wh read as kWh.",
            ),
        ),
        datasets=(READINGS.name,),
    ),
    Subject(
        suite="marts.daily_meter_consumption",
        table="marts.daily_meter_consumption",
        key=("consumption_date", "meter_pseudonym"),
        query=METER_DAYS,
        checks=(
            between(
                "no_half_hour_is_counted_twice",
                "missing_half_hours",
                0,
                None,
                says="a meter has no more readings than its day has half-hours",
                because="46, 48 or 50, by the clock of Great Britain.",
            ),
            between(
                "no_half_hour_is_missing",
                "missing_half_hours",
                None,
                0,
                says="a meter has a reading for each half-hour of its day",
                because="A meter may be out of reach for days; how much is missing stands in its row.",
                only_warns=True,
            ),
            _none(
                "no_half_hour_is_before_all_readings",
                "not_begun_half_hours",
                says="no half-hour of a day lies before the first reading of all",
                because="The first day begins when readings do; how much of it lies before stands in its rows.",
                only_warns=True,
            ),
        ),
        datasets=(READINGS.name,),
    ),
    Subject(
        suite="marts.agreement_versions",
        table="marts.agreement_versions",
        key=("agreements_at_once",),
        query=AT_ONCE,
        checks=(
            _none(
                "no_two_agreements_at_once",
                "agreements_at_once",
                says="no meter has two agreements at once",
                because="Its readings would be counted twice. Agreements of no length are none.",
            ),
        ),
        datasets=(AGREEMENTS.name,),
    ),
    Subject(
        suite="marts.active_agreements",
        table="marts.active_agreements",
        key=("agreements_without_product", "agreements_without_region", "unknown_meters"),
        query=UNRESOLVED,
        checks=(
            _none(
                "products_resolve",
                "agreements_without_product",
                says="the reference knows the tariff of each agreement",
                because="All tables are of one snapshot; one that lacks a tariff was taken of half a database.",
            ),
            _none(
                "meterpoints_resolve",
                "agreements_without_region",
                says="the reference knows the meter of each agreement",
                because="Its consumption belongs to a tariff and to no region.",
                only_warns=True,
            ),
            _none(
                "meters_are_known",
                "unknown_meters",
                says="the reference knows each meter without an agreement that has readings",
                because="A new meter may be read before the reference has it; until then it is reported.",
                only_warns=True,
            ),
        ),
        datasets=ALL,
    ),
    Subject(
        suite="marts.half_hourly_consumption",
        table="marts.half_hourly_consumption",
        key=("consumption_date",),
        query=SUMS,
        checks=(
            _none(
                "readings_are_in_half_hours",
                "readings_in_no_half_hour",
                says="half-hours have as many meters as there are readings",
                because="Each reading is of one meter and one half-hour.",
            ),
            _none(
                "half_hours_make_the_readings",
                "kwh_in_no_half_hour",
                says="half-hours add up to the readings",
                because=TO_THE_WATT_HOUR,
            ),
            _none(
                "readings_have_an_agreement_or_none",
                "readings_unaccounted",
                says="each reading has an agreement or is reported to have none",
                because="None is lost, and none is counted twice.",
            ),
            _none(
                "agreements_make_the_readings",
                "kwh_unaccounted",
                says="consumption with and without an agreement adds up to the readings",
                because=TO_THE_WATT_HOUR,
            ),
            _none(
                "products_make_the_half_hours",
                "kwh_of_no_product",
                says="tariffs add up to the half-hours less what has no agreement",
                because=TO_THE_WATT_HOUR,
            ),
            _none(
                "product_half_hours_make_the_half_hours",
                "kwh_of_no_product_half_hour",
                says="half-hours of tariffs add up to the half-hours less what has no agreement",
                because=TO_THE_WATT_HOUR,
            ),
            _none(
                "regions_make_the_half_hours",
                "kwh_of_no_region",
                says="regions add up to the half-hours less what has no region",
                because=TO_THE_WATT_HOUR,
            ),
        ),
        datasets=ALL,
    ),
)
