{#- The fuels of NESO's generation mix, in its own order. What is known of each stands in the seed `fuels`. -#}
{% macro neso_fuels() -%}
    {{- return([
        'gas', 'coal', 'nuclear', 'wind', 'embedded_wind', 'hydro', 'imports', 'biomass', 'other', 'solar', 'storage'
    ]) -}}
{%- endmacro %}


{#- The parts of NESO's total: every fuel, and what the published total has beside them. -#}
{% macro neso_parts() -%}
    {{- return(neso_fuels() + ['unattributed']) -}}
{%- endmacro %}


{#- A figure of a NESO record, which comes as text ("377", "377.0") or as a number; null where the column is absent. -#}
{% macro neso_number(column) -%}
    (payload ->> '{{ column }}')::double precision
{%- endmacro %}
