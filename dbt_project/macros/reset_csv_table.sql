{#- Readers hold a table for as long as their queries last, and whoever truncates it waits for them all. -#}
{%- macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- if full_refresh -%}
        {{- return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) -}}
    {%- endif -%}
    {%- set emptied = "delete from " ~ old_relation.render() -%}
    {%- call statement('emptied') -%}{{ emptied }}{%- endcall -%}
    {{- return(emptied) -}}
{%- endmacro -%}
