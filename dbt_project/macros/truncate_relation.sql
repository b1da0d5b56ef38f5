{#- Empties the table of a seed. dbt would truncate it, for which nobody may read it: a query of the SQL box can do so for
    days. Readers go on seeing the former rows until all of the new ones are in. -#}
{% macro postgres__truncate_relation(relation) -%}
    {% call statement('truncate_relation') -%}
        delete from {{ relation.render() }}
    {%- endcall %}
{%- endmacro %}
