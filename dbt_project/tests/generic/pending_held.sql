{#-
    Pending keys that live in one relation and not in the other: lost, or left behind by a withdrawal. `further_key` are
    the columns by which rows of one pending key are told apart.
-#}
{% test pending_held(model, pending, living, key='period_started_at', further_key=[]) %}

{%- set columns = ([key] + further_key) | join(', ') %}

with subject as (
    select distinct {{ columns }} from {{ model }}
    where {{ is_pending(pending, key) }}
),

living as (
    select distinct {{ columns }} from {{ living }}
    where {{ is_pending(pending, key) }}
),

lost as (
    select * from living
    except
    select * from subject
),

left_behind as (
    select * from subject
    except
    select * from living
)

select
    *,
    'lost' as what
from lost
union all
select
    *,
    'left behind' as what
from left_behind

{% endtest %}
