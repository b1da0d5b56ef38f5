{#-
    Whether a row's key is pending. An array is handed down into window functions and DISTINCT ON, as far as the index;
    a semi-join is not, and would read the whole history.
-#}
{% macro is_pending(pending, key='period_started_at', column=none) -%}
    {{ column or key }} = any(array(select pending.{{ key }} from {{ pending }} as pending))
{%- endmacro %}


{#-
    Keeps an incremental build to the pending keys; the first build and a full refresh take all there are. `column` is what
    the key is called where it is read, if it has another name there.
-#}
{% macro where_pending(pending, key='period_started_at', column=none) -%}
    {%- if is_incremental() -%}
        where {{ is_pending(pending, key, column) }}
    {%- endif -%}
{%- endmacro %}


{#- Keeps an incremental build to the settlement days of the pending months, each of them named, which an index serves. -#}
{% macro where_in_pending_month(pending) -%}
    {%- if is_incremental() -%}
        where settlement_date = any(array(
            select generate_series(month_started_on, month_started_on + interval '1 month - 1 day', '1 day')::date
            from (select distinct pending.settlement_month as month_started_on from {{ pending }} as pending) as months
        ))
    {%- endif -%}
{%- endmacro %}


{#- Pre-hook, in the model's own transaction: a withdrawn key goes too, which dbt's delete+insert would keep. -#}
{% macro delete_pending(pending, key='period_started_at') -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_pending(pending, key) }}
    {%- endif -%}
{%- endmacro %}


{#- Pre-hook of a table that only grows: takes away what a build left half done. Its `version_id` needs an index. -#}
{% macro delete_appended(dataset, release=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where version_id > {{ pending_after(dataset, release) }}
    {%- endif -%}
{%- endmacro %}
