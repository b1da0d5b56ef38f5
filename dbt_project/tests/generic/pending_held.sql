{#- Pending keys that live in one relation and not in the other: lost, or left behind by a withdrawal. -#}
{% test pending_held(model, pending, living) %}

with subject as (
    select distinct period_started_at from {{ model }}
    where {{ is_pending(pending) }}
),

living as (
    select distinct period_started_at from {{ living }}
    where {{ is_pending(pending) }}
)

select
    subject.period_started_at as held_at,
    living.period_started_at as living_at
from subject
full outer join living on subject.period_started_at = living.period_started_at
where subject.period_started_at is null or living.period_started_at is null

{% endtest %}
