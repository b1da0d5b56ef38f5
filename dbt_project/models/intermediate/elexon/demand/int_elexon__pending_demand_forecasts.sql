with pending as (
    {{ pending_keys(source('elexon', 'elexon_ndf'), 'elexon_ndf', key=['publish_time'], release='elexon_demand') }}
)

select publish_time as published_at
from pending
