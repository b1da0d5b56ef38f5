{#- Rows of pending keys whose value is not in the column of another relation. -#}
{% test pending_known(model, column_name, pending, to, field, key='period_started_at') %}

with subject as (select * from {{ model }}),

known as (select * from {{ to }})

select subject.*
from subject
where
    {{ is_pending(pending, key) }}
    and not exists (select from known where known.{{ field }} = subject.{{ column_name }})

{% endtest %}
