with pending as (
    {{ pending_window_days('elexon_pn', 'elexon_units') }}
)

select settlement_date
from pending
