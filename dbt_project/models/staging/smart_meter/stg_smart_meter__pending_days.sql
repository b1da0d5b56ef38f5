{#- A table, since many read it. Later slices of a build add to it: what is published is what all of them made. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ keep_days_of_earlier_slices() }}",
    post_hook="{{ drop_days_built_again() }}"
) }}

with recursive reading_versions as not materialized (select * from {{ ref('daily_meter_consumption_versions') }}),

agreement_states as (select * from {{ ref('agreement_versions') }}),

reading_days as ({{ days_one_by_one('reading_versions', 'reading_days') }}),

answered_days as (
    select consumption_date from reading_days
    where consumption_date is not null
    union
    select reference_date from {{ ref('stg_smart_meter__reference_dates') }}
),

asked_days as (
    {{ pending_keys(
        source('smart_meter', 'smart_meter_reference_dates'),
        'smart_meter_reference_dates', ['reference_date'], 'smart_meter'
    ) }}
),

days_of_readings as (
    select distinct consumption_date from reading_versions
    where version_id > {{ pending_after('smart_meter_readings', 'smart_meter') }}
),

first_day_before as (
    -- What was missing on it, before the first reading of all, is a gap once there are earlier ones.
    select min(consumption_date) as consumption_date from reading_versions
    where version_id <= {{ pending_after('smart_meter_readings', 'smart_meter') }}
),

agreements as (
    {{ changed_versions('agreement', 'agreement_id', ['meter_pseudonym', 'product_id', 'valid_from', 'valid_to']) }}
),

products as ({{ changed_versions('product', 'product_id', ['product_name', 'is_variable']) }}),

meterpoints as ({{ changed_versions('meterpoint', 'meter_pseudonym', ['region']) }}),

agreed as (
    select
        former_meter_pseudonym = meter_pseudonym and former_product_id = product_id as is_of_the_same,
        {{ agreed_days('former_') }} as former_days,
        {{ agreed_days('') }} as latest_days
    from agreements
),

spans as (
    select
        case
            -- Only when it held has changed.
            when is_of_the_same then (former_days - latest_days) + (latest_days - former_days)
            else former_days + latest_days
        end as day_spans
    from agreed
    union all
    select datemultirange(daterange(states.valid_from, states.valid_to))
    from agreement_states as states
    where
        states.superseded_at is null
        and not states.is_withdrawn
        and (
            states.product_id in (select products.product_id from products)
            or states.meter_pseudonym in (select meterpoints.meter_pseudonym from meterpoints)
        )
),

changed as (
    select range_agg(span.days_of_it) as day_spans
    from spans
    cross join lateral unnest(spans.day_spans) as span (days_of_it)
),

days_of_meterpoints as (
    -- The region of a meter with readings changed.
    select reading_days.consumption_date
    from reading_days
    where exists {{ any_reading_of('meterpoints', 'reading_days.consumption_date') }}
),

pending as (
    select consumption_date from days_of_readings
    union
    select first_day_before.consumption_date
    from first_day_before
    cross join days_of_readings
    where days_of_readings.consumption_date < first_day_before.consumption_date
    union
    select reference_date from asked_days
    union
    select answered_days.consumption_date
    from answered_days
    inner join changed on changed.day_spans @> answered_days.consumption_date
    union
    select consumption_date from days_of_meterpoints
)

select
    consumption_date,
    false as is_built
from pending
