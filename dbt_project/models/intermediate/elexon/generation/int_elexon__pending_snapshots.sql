with pending as (
    {{ pending_keys(
        source('elexon', 'elexon_fuelinst'), 'elexon_fuelinst', key=['start_time'], release='elexon_generation'
    ) }}
)

select start_time as started_at
from pending
