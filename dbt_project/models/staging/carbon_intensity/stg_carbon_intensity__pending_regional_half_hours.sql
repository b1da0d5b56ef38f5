with pending as (
    {{ pending_keys(
        source('carbon_intensity', 'carbon_intensity_regional'), 'carbon_intensity_regional', release='carbon_intensity'
    ) }}
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date
from pending
