{#- Whether a code of Elexon's outturn by fuel names a cable; any that begins so does, also one that nobody announced. -#}
{% macro is_cable(fuel_code) -%}
    starts_with({{ fuel_code }}, 'INT')
{%- endmacro %}


{#-
    Whether all own generation reads zero, as it does while the system operator fails over to another control room: gas
    and nuclear never rest together. Of the rows of an instant, which `instant` names.
-#}
{% macro is_failover(instant) -%}
    coalesce(
        max(abs(generation)) filter (where fuel_type in ('CCGT', 'NUCLEAR')) over (partition by {{ instant }}) = 0, false
    )
{%- endmacro %}


{#- Whether more flows than a cable can carry. Meters have had up to 8 % more on sound days (2016 to 2026). -#}
{% macro is_above_capacity(flow_mw, capacity_mw) -%}
    coalesce(abs({{ flow_mw }}) > 1.1 * {{ capacity_mw }}, false)
{%- endmacro %}


{#- How long after the end of its time something was published (minutes). -#}
{% macro delay_minutes(started_at, lasts, published_at) -%}
    (extract(epoch from {{ published_at }} - {{ started_at }} - interval '{{ lasts }}') / 60)::double precision
{%- endmacro %}


{#- The half-hour that an instant lies in. -#}
{% macro half_hour_of(instant) -%}
    date_bin('30 minutes', {{ instant }}, 'epoch')
{%- endmacro %}


{#- From how long on a publication is an incident (minutes): as a rule it takes none, on sound days up to twenty. -#}
{% macro late_after_minutes() -%}
    60
{%- endmacro %}


{#- How long before its half-hour a forecast was published (h); negative once it had begun. -#}
{% macro hours_ahead(period_started_at, published_at) -%}
    (extract(epoch from {{ period_started_at }} - {{ published_at }}) / 3600)::double precision
{%- endmacro %}
