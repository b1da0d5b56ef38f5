{#- The instant at which a day begins: midnight where it is counted. -#}
{% macro day_started_at(day, zone='Europe/London') -%}
    ({{ day }}::timestamp at time zone '{{ zone }}')
{%- endmacro %}


{#- The day to which an instant belongs where it is counted; in Great Britain it is the settlement day. -#}
{% macro settlement_date(instant, zone='Europe/London') -%}
    ({{ instant }} at time zone '{{ zone }}')::date
{%- endmacro %}


{#- The number of a half-hour in its settlement day, from 1 to 46, 48 or 50. -#}
{% macro settlement_period(period_started_at) -%}
    1 + {{ periods_between(day_started_at(settlement_date(period_started_at)), period_started_at) }}
{%- endmacro %}


{#- How many periods lie between two instants. -#}
{% macro periods_between(started_at, ended_at, step='30 minutes') -%}
    (extract(epoch from {{ ended_at }} - {{ started_at }}) / extract(epoch from interval '{{ step }}'))::integer
{%- endmacro %}


{#- The instant at which a half-hour begins that is known by its settlement day and its number in it. -#}
{% macro period_started_at(settlement_date, settlement_period) -%}
    ({{ day_started_at(settlement_date) }} + ({{ settlement_period }} - 1) * interval '30 minutes')
{%- endmacro %}
