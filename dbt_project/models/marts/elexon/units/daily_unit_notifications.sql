{{ config(
    pre_hook="{{ delete_pending(ref('int_elexon__pending_notification_days'), 'settlement_date') }}",
    meta={
        'publish': 'pending',
        'pending': 'int_elexon__pending_notification_days',
        'pending_key': 'settlement_date'
    }
) }}

with lines as (
    select
        *,
        {{ hours_between('time_from', 'time_to') }} as hours
    from {{ ref('stg_elexon__pn') }}
    {{ where_pending(ref('int_elexon__pending_notification_days'), 'settlement_date') }}
)

select
    settlement_date,
    national_grid_bm_unit,
    max(bm_unit) as bm_unit,
    -- `analytics.half_hourly_unit_notifications` says the same of each half-hour.
    sum((level_from + level_to) / 2.0 * hours)::double precision as notified_mwh,
    sum({{ clamped_mean('level_from::double precision', 'level_to::double precision', '-1e6', '0') }} * hours)
        as notified_import_mwh,
    max(greatest(level_from, level_to))::double precision as highest_mw,
    min(least(level_from, level_to))::double precision as lowest_mw,
    count(distinct settlement_period)::integer as half_hours,
    max(known_at) as known_at
from lines
group by settlement_date, national_grid_bm_unit
