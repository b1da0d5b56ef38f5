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


{#- The settlement days of the answers of a dataset kept by windows that are pending, one row per day. -#}
{% macro pending_window_days(dataset, release) %}
    select distinct {{ settlement_date('day_started_at') }} as settlement_date
    from {{ source('ops', 'loads') }} as load
    cross join generate_series(
        lower(load.covers), upper(load.covers) - interval '1 microsecond', interval '1 day'
    ) as day_started_at
    where
        load.dataset = '{{ dataset }}'
        and load.version_id > {{ pending_after(dataset, release) }}
        and load.version_id <= {{ built_until(dataset, release) }}
{% endmacro %}


{#- How much of a level there is between two bounds. -#}
{% macro clamped(level, lowest, highest) -%}
    greatest(least({{ level }}, {{ highest }}), {{ lowest }})
{%- endmacro %}


{#- The antiderivative of `clamped` at a level. -#}
{% macro _clamped_area(level, lowest, highest) -%}
    (
        case
            when {{ level }} <= {{ lowest }} then {{ lowest }} * {{ level }} - {{ lowest }} ^ 2 / 2
            when {{ level }} >= {{ highest }} then {{ highest }} * {{ level }} - {{ highest }} ^ 2 / 2
            else {{ level }} ^ 2 / 2
        end
    )
{%- endmacro %}


{#-
    The mean of what lies between two bounds of a level that goes in a straight line from one value to another: exact,
    wherever it crosses them. It is the difference of the antiderivative by that of the level.
-#}
{% macro clamped_mean(level_from, level_to, lowest, highest) -%}
    (
        case
            when abs({{ level_to }} - {{ level_from }}) < 1e-6
                then {{ clamped('(' ~ level_from ~ ' + ' ~ level_to ~ ') / 2', lowest, highest) }}
            else (
                {{ _clamped_area(level_to, lowest, highest) }} - {{ _clamped_area(level_from, lowest, highest) }}
            ) / ({{ level_to }} - {{ level_from }})
        end
    )
{%- endmacro %}


{#- How long it is from one instant to another (h). -#}
{% macro hours_between(time_from, time_to) -%}
    (extract(epoch from {{ time_to }} - {{ time_from }})::double precision / 3600)
{%- endmacro %}


{#- The level at an instant of a line between two. -#}
{% macro level_at(instant, line) -%}
    (
        {{ line }}.level_from + ({{ line }}.level_to - {{ line }}.level_from)
        * {{ hours_between(line ~ '.time_from', instant) }} / {{ hours_between(line ~ '.time_from', line ~ '.time_to') }}
    )
{%- endmacro %}


{#- A number that was published as text; null where it is none. -#}
{% macro number_of(text) -%}
    (case when {{ text }} ~ '^\s*[+-]?\d+(\.\d+)?\s*$' then {{ text }}::double precision end)
{%- endmacro %}


{#- A price of a bid or an offer; ±99,999 is how a unit says never, and no price. -#}
{% macro price_of(price) -%}
    (case when abs({{ price }}) < 99999 then {{ price }} end)
{%- endmacro %}
