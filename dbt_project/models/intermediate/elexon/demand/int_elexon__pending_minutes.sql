with pending as (
    {{ pending_keys(
        source('elexon', 'elexon_freq'), 'elexon_freq', key=['measurement_time'], release='elexon_demand'
    ) }}
)

select distinct date_trunc('minute', measurement_time, 'UTC') as started_at
from pending
