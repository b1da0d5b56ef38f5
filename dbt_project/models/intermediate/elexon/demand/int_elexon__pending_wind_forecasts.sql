with pending as (
    {{ pending_keys(
        source('elexon', 'elexon_windfor'), 'elexon_windfor', key=['publish_time'], release='elexon_demand'
    ) }}
)

select publish_time as published_at
from pending
