with pending as (
    {{ pending_keys(
        source('carbon_intensity', 'carbon_intensity_generation'), 'carbon_intensity_generation', release='carbon_intensity'
    ) }}
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date
from pending
