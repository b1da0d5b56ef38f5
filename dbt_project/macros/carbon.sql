{#- The fuels of the Carbon Intensity API's mixes, in its own order. -#}
{% macro carbon_fuels() -%}
    {{- return(['biomass', 'coal', 'imports', 'gas', 'nuclear', 'other', 'hydro', 'solar', 'wind']) -}}
{%- endmacro %}


{#- The columns of a mix, in percent. -#}
{% macro carbon_mix() -%}
    {{ for_each(carbon_fuels(), '?_pct') }}
{%- endmacro %}


{#- How long before its half-hour a version was known (h); negative once it has begun. -#}
{% macro lead_hours() -%}
    (extract(epoch from period_started_at - known_at) / 3600)::double precision
{%- endmacro %}


{#- A column as the last version of a group has it; of those that meet a condition and, unless nulls count, have it. -#}
{% macro last_version(column, condition='true', takes_nulls=false) -%}
    (array_agg({{ column }} order by version_id desc)
    filter (where {{ condition }}{{ '' if takes_nulls else ' and ' ~ column ~ ' is not null' }}))[1]
{%- endmacro %}


{#- A column as the first version of a group has it that meets a condition, and has it. -#}
{% macro first_version(column, condition='true') -%}
    (array_agg({{ column }} order by version_id) filter (where {{ condition }} and {{ column }} is not null))[1]
{%- endmacro %}


{#- As much of a signed difference as a limit lets it be. -#}
{% macro at_most(difference, limit) -%}
    greatest(least({{ difference }}, {{ limit }}), -{{ limit }})
{%- endmacro %}
