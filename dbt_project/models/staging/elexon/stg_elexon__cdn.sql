with built as (
    {{ built_windows(
        source('elexon', 'elexon_cdn'), 'elexon_cdn', 'elexon_live'
    ) }}
)

select
    publish_time,
    bsc_party_id,
    credit_default_level,
    entered_default_settlement_date,
    entered_default_settlement_period,
    cleared_default_settlement_date,
    cleared_default_settlement_period,
    cleared_default_text,
    version_id,
    known_at
from built
