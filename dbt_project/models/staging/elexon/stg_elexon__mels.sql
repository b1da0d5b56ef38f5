with built as (
    {{ built_windows(
        source('elexon', 'elexon_mels'), 'elexon_mels', 'elexon_daily'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time_from,
    time_to,
    level_from,
    level_to,
    notification_time,
    notification_sequence,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
