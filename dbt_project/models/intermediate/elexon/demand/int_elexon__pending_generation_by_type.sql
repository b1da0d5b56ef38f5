with all_types as (
    {{ pending_keys(source('elexon', 'elexon_agpt'), 'elexon_agpt', key=['start_time'], release='elexon_demand') }}
),

weather_types as (
    {{ pending_keys(source('elexon', 'elexon_agws'), 'elexon_agws', key=['start_time'], release='elexon_demand') }}
)

select start_time as period_started_at
from all_types
union
select start_time
from weather_types
