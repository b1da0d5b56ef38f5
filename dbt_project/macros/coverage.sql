{#-
    How complete the days of a dataset are, from the first to the last one held; a part of `daily_coverage`. `periods` is
    a table with one row per period: its start, its day (`settlement_date`) and its version_count. `only` is the condition
    on which a period is held (that it was measured, say); `known_gaps` a seed of what its publisher lacks for ever.
-#}
{% macro daily_coverage(
    dataset, periods, time_column='period_started_at', zone='Europe/London', step='30 minutes', only='true',
    known_gaps=none
) %}
-- Looked into by index, more than once: not to be read whole.
with periods as not materialized (
    select * from {{ periods }}
    where {{ only }}
),

rejected_rows as (select * from {{ source('ops', 'rejected_rows') }}),

loads as not materialized (select * from {{ source('ops', 'loads') }}),

bounds as (
    select
        min(settlement_date) as first_date,
        max(settlement_date) as last_date,
        max({{ time_column }}) + interval '{{ step }}' as published_until
    from periods
),

calendar as (
    select
        bounds.published_until,
        bounds.first_date + day_number as settlement_date,
        {{ day_started_at('(bounds.first_date + day_number)', zone) }} as started_at,
        {{ day_started_at('(bounds.first_date + day_number + 1)', zone) }} as ended_at
    from bounds
    cross join generate_series(0, bounds.last_date - bounds.first_date) as day_number
    {{ where_not_counted('bounds.first_date + day_number') }}
),

held as (
    select
        settlement_date,
        count(*)::integer as present_half_hours,
        (count(*) filter (where version_count > 1))::integer as revised_half_hours
    from periods
    where settlement_date = any(array(select calendar.settlement_date from calendar))
    group by settlement_date
),

days as (
    select
        calendar.*,
        {{ periods_between('calendar.started_at', 'calendar.ended_at', step) }} as expected_half_hours,
        greatest({{ periods_between('calendar.published_until', 'calendar.ended_at', step) }}, 0)
            as not_yet_published_half_hours,
        coalesce(held.present_half_hours, 0) as present_half_hours,
        coalesce(held.revised_half_hours, 0) as revised_half_hours
    from calendar
    left join held on calendar.settlement_date = held.settlement_date
),

absent as (
    -- Of the few days that are not whole: what is not held. It may be known to lack for ever, or nobody asked for it.
    select
        days.settlement_date,
        {% if known_gaps -%}
            exists (
                select from {{ known_gaps }} as gap
                where gap.started_at <= period.started_at and period.started_at < gap.ended_at
            )
        {%- else -%}
            false
        {%- endif %} as is_known_gap,
        exists (
            select from loads
            where
                loads.dataset = '{{ dataset }}'
                and loads.outcome in ('held', 'unchanged')
                and lower(loads.covers) <= period.started_at
                and upper(loads.covers) > period.started_at
        ) as is_asked
    from days
    cross join generate_series(
        days.started_at, least(days.ended_at, days.published_until) - interval '1 microsecond', interval '{{ step }}'
    ) as period (started_at)
    where
        days.expected_half_hours > days.present_half_hours + days.not_yet_published_half_hours
        and not exists (select from periods where periods.{{ time_column }} = period.started_at)
),

explained as (
    select
        settlement_date,
        (count(*) filter (where is_known_gap))::integer as known_gap_half_hours,
        (count(*) filter (where not is_known_gap and not is_asked))::integer as not_asked_half_hours
    from absent
    group by settlement_date
),

rejected as (
    select
        {{ settlement_date('observed_at', zone) }} as settlement_date,
        -- A stamp between two periods may be the very reason why a row was refused.
        count(distinct date_bin('{{ step }}', observed_at, 'epoch'))::integer as rejected_half_hours
    from rejected_rows
    where dataset = '{{ dataset }}' and observed_at is not null
    group by settlement_date
),

coverage as (
    select
        days.*,
        coalesce(explained.not_asked_half_hours, 0) as not_asked_half_hours,
        coalesce(explained.known_gap_half_hours, 0) as known_gap_half_hours,
        coalesce(rejected.rejected_half_hours, 0) as rejected_half_hours
    from days
    left join explained on days.settlement_date = explained.settlement_date
    left join rejected on days.settlement_date = rejected.settlement_date
)

select
    '{{ dataset }}' as dataset,
    settlement_date,
    expected_half_hours,
    present_half_hours,
    expected_half_hours - present_half_hours - not_yet_published_half_hours - not_asked_half_hours
    - known_gap_half_hours as missing_half_hours,
    not_yet_published_half_hours,
    not_asked_half_hours,
    known_gap_half_hours,
    rejected_half_hours,
    revised_half_hours
from coverage
{% endmacro %}


{#-
    Pre-hook of a part of daily_coverage: takes away the days that are to be counted again. These are the days of what is
    pending, of what was ever refused and of what was never asked for; from the day on that was the last one, or is now,
    since a period that comes later makes the ones before it missing; and what lies outside of the days that are held.
-#}
{% macro delete_days_to_count(dataset, pending, periods, zone='Europe/London') -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ is_pending(pending, 'settlement_date') }}
            or settlement_date in (
                select {{ settlement_date('rejected.observed_at', zone) }}
                from {{ source('ops', 'rejected_rows') }} as rejected
                where rejected.dataset = '{{ dataset }}' and rejected.observed_at is not null
            )
            or not_asked_half_hours > 0
            or settlement_date >= (select max(former.settlement_date) from {{ this }} as former)
            or settlement_date >= (select coalesce(max(held.settlement_date), '-infinity') from {{ periods }} as held)
            or settlement_date < (select min(held.settlement_date) from {{ periods }} as held)
    {%- endif -%}
{%- endmacro %}


{#- Keeps an incremental build of daily_coverage to the days that its pre-hook took away, or that it never had. -#}
{% macro where_not_counted(settlement_date) -%}
    {%- if is_incremental() -%}
        where not exists (select from {{ this }} as counted where counted.settlement_date = {{ settlement_date }})
    {%- endif -%}
{%- endmacro %}
