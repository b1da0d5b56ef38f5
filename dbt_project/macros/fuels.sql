{#- The fuels of NESO's generation mix, in its own order. What is known of each stands in the seed `fuels`. -#}
{% macro neso_fuels() -%}
    {{- return([
        'gas', 'coal', 'nuclear', 'wind', 'embedded_wind', 'hydro', 'imports', 'biomass', 'other', 'solar', 'storage'
    ]) -}}
{%- endmacro %}


{#- The parts of a total: every fuel, and what the published total has beside them. -#}
{% macro generation_parts() -%}
    {{- return(neso_fuels() + ['unattributed']) -}}
{%- endmacro %}


{#- A list of SQL expressions, one for each name, which stands where the expression has `?`: `sum(?_mw)`. -#}
{% macro for_each(names, expression) -%}
    {%- for name in names -%}
        {{ expression | replace('?', name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- A row for each part of a total: its fuel_code, and one value for each expression, as in `for_each`. -#}
{% macro unnest_parts() -%}
    unnest(
        array[{{ for_each(generation_parts(), "'?'") }}]
        {%- for expression in varargs -%}
            , array[{{ for_each(generation_parts(), expression) }}]
        {%- endfor -%}
    )
{%- endmacro %}


{#- A figure of a NESO record, which comes as text ("377", "377.0") or as a number; null where the column is absent. -#}
{% macro neso_number(column) -%}
    (payload ->> '{{ column }}')::double precision
{%- endmacro %}
