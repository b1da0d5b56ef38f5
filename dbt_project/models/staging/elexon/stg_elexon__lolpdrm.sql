with built as (
    {{ built_rows(
        source('elexon', 'elexon_lolpdrm'), 'elexon_lolpdrm', 'elexon_live',
        key=['publish_time', 'publishing_period_commencing_time', 'start_time']
    ) }}
)

select
    publish_time,
    publishing_period_commencing_time,
    start_time,
    settlement_date,
    settlement_period,
    loss_of_load_probability,
    derated_margin,
    version_id,
    known_at
from built
