{#- The instant at which a settlement day begins: midnight in Great Britain. -#}
{% macro settlement_day_started_at(settlement_date) -%}
    ({{ settlement_date }}::timestamp at time zone 'Europe/London')
{%- endmacro %}


{#- The day in Great Britain to which a half-hour belongs. -#}
{% macro settlement_date(period_started_at) -%}
    ({{ period_started_at }} at time zone 'Europe/London')::date
{%- endmacro %}


{#- The number of a half-hour in its settlement day, from 1 to 46, 48 or 50. -#}
{% macro settlement_period(period_started_at) -%}
    1 + {{ half_hours_between(settlement_day_started_at(settlement_date(period_started_at)), period_started_at) }}
{%- endmacro %}


{#- How many half-hours lie between two instants. -#}
{% macro half_hours_between(started_at, ended_at) -%}
    (extract(epoch from {{ ended_at }} - {{ started_at }}) / 1800)::integer
{%- endmacro %}
