{#- Pending keys whose parts do not add up to exactly the total. Keys whose parts are all unknown are left out. -#}
{% test pending_adds_up(model, column_name, pending, total, key='period_started_at') %}

with subject as (
    select * from {{ model }}
    where {{ is_pending(pending, key) }}
)

select
    {{ key }},
    sum({{ column_name }}) as added_up
from subject
group by {{ key }}
having sum({{ column_name }}) <> {{ total }} or count({{ column_name }}) not in (0, count(*))

{% endtest %}
