{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_half_hours')) }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_half_hours', 'pending_key': 'period_started_at'}
) }}

with outturn as (
    select * from {{ ref('int_elexon__half_hourly_outturn') }}
    {{ where_pending(ref('int_elexon__pending_half_hours')) }}
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date,
    {{ settlement_period('period_started_at') }} as settlement_period,
    fuel_code,
    cable,
    country,
    generation_mw as flow_mw,
    capacity_mw,
    100 * abs(generation_mw) / capacity_mw as use_pct,
    sum(generation_mw) over (partition by period_started_at) as net_imports_mw,
    is_known,
    is_above_capacity as is_suspect,
    published_at,
    known_at
from outturn
where is_cable
