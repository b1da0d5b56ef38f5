{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_generation_by_type')) }}",
    meta={
        'publish': 'pending',
        'pending': 'int_elexon__pending_generation_by_type',
        'pending_key': 'period_started_at'
    }
) }}

{%- set pending = ref('int_elexon__pending_generation_by_type') %}

with all_types as (
    select * from {{ ref('stg_elexon__agpt') }}
    {{ where_pending(pending, column='start_time') }}
),

weather_types as (
    select * from {{ ref('stg_elexon__agws') }}
    {{ where_pending(pending, column='start_time') }}
),

told as (
    select
        'AGPT' as report,
        start_time,
        psr_type,
        business_type,
        quantity,
        document_revision_number,
        publish_time,
        known_at
    from all_types
    union all
    select
        'AGWS' as report,
        start_time,
        psr_type,
        business_type,
        quantity,
        document_revision_number,
        publish_time,
        known_at
    from weather_types
)

select
    start_time as period_started_at,
    report,
    psr_type as production_type,
    business_type,
    {{ settlement_date('start_time') }} as settlement_date,
    {{ settlement_period('start_time') }} as settlement_period,
    quantity as generation_mw,
    document_revision_number,
    publish_time as published_at,
    known_at
from told
