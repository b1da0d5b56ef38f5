with built as (
    {{ built_rows(
        source('elexon', 'elexon_tudm'), 'elexon_tudm', 'elexon_daily',
        key=['settlement_date', 'settlement_period', 'trading_unit_name', 'trading_unit_type', 'settlement_run_type', 'delivery_mode']
    ) }}
)

select
    serial_number,
    file_creation_time,
    trading_unit_type,
    trading_unit_name,
    settlement_date,
    settlement_period,
    settlement_run_type,
    start_time,
    delivery_mode,
    import_volume,
    export_volume,
    net_volume,
    version_id,
    known_at
from built
