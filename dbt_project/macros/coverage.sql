{#-
    Pre-hook of daily_coverage: takes away the days that are to be counted again. These are the days of what is pending,
    and of what was ever refused; from the day on that was the last one, or is now, since a half-hour that comes later
    makes the ones before it missing; and what lies outside of the days that are held.
-#}
{% macro delete_days_to_count(pending, half_hours, rejected_rows) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ is_pending(pending, 'settlement_date') }}
            or settlement_date in (
                select {{ settlement_date('rejected.observed_at') }}
                from {{ rejected_rows }} as rejected
                where rejected.dataset = 'neso_generation_mix' and rejected.observed_at is not null
            )
            or settlement_date >= (select max(former.settlement_date) from {{ this }} as former)
            or settlement_date >= (select coalesce(max(held.settlement_date), '-infinity') from {{ half_hours }} as held)
            or settlement_date < (select min(held.settlement_date) from {{ half_hours }} as held)
    {%- endif -%}
{%- endmacro %}


{#- Keeps an incremental build of daily_coverage to the days that its pre-hook took away, or that it never had. -#}
{% macro where_not_counted(settlement_date) -%}
    {%- if is_incremental() -%}
        where not exists (select from {{ this }} as counted where counted.settlement_date = {{ settlement_date }})
    {%- endif -%}
{%- endmacro %}
