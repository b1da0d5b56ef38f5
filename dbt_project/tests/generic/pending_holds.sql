{#- Rows of pending keys for which an expression is false or unknown. -#}
{% test pending_holds(model, pending, expression) %}

with subject as (select * from {{ model }})

select * from subject
where
    {{ is_pending(pending) }}
    and ({{ expression }}) is not true

{% endtest %}
