with built as (
    {{ built_versions(source('smart_meter', 'smart_meter_readings'), 'smart_meter_readings', 'smart_meter') }}
)

select
    meter.pseudonym as meter_pseudonym,
    built.period_started_at,
    built.version_id,
    built.known_at,
    {{ settlement_date('built.period_started_at') }} as consumption_date,
    -- Whole watt-hours, so that all sums match to the digit.
    built.consumption_kwh::numeric(12, 3) as consumption_kwh,
    built.consumption_kwh is null as is_withdrawn
from built
{{ joined_meter('built.meter_number') }}
