with built as (
    {{ built_rows(
        source('elexon', 'elexon_remit'), 'elexon_remit', 'elexon_live',
        key=['mrid', 'revision_number']
    ) }}
)

select
    mrid,
    revision_number,
    publish_time,
    created_time,
    message_type,
    message_heading,
    event_type,
    unavailability_type,
    participant_id,
    registration_code,
    asset_id,
    asset_type,
    affected_unit,
    affected_unit_eic,
    affected_area,
    bidding_zone,
    fuel_type,
    normal_capacity,
    available_capacity,
    unavailable_capacity,
    event_status,
    event_start_time,
    event_end_time,
    duration_uncertainty,
    cause,
    related_information,
    outage_profile,
    version_id,
    known_at
from built
