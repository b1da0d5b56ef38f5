with national as (
    {{ pending_keys(source('elexon', 'elexon_indo'), 'elexon_indo', key=['start_time'], release='elexon_demand') }}
),

transmission as (
    {{ pending_keys(source('elexon', 'elexon_itsdo'), 'elexon_itsdo', key=['start_time'], release='elexon_demand') }}
)

select start_time as period_started_at
from national
union
select start_time
from transmission
