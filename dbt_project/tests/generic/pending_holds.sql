{#- Rows of pending keys for which an expression is false or unknown. -#}
{% test pending_holds(model, pending, expression, key='period_started_at') %}

with subject as (select * from {{ model }})

select * from subject
where
    {{ is_pending(pending, key) }}
    and ({{ expression }}) is not true

{% endtest %}
