{#- A list of SQL expressions, one for each name, which stands where the expression has `?`: `sum(?_mw)`. -#}
{% macro for_each(names, expression) -%}
    {%- for name in names -%}
        {{ expression | replace('?', name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- A row for each part of a total: its name, and one value for each expression, as in `for_each`. -#}
{% macro unnest_parts(names) -%}
    unnest(
        array[{{ for_each(names, "'?'") }}]
        {%- for expression in varargs -%}
            , array[{{ for_each(names, expression) }}]
        {%- endfor -%}
    )
{%- endmacro %}


{#- The place of a column's value among names, from 1. -#}
{% macro position_among(names, column) -%}
    array_position(array[{{ for_each(names, "'?'") }}], {{ column }})
{%- endmacro %}
