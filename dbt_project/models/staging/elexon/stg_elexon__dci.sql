with built as (
    {{ built_windows(
        source('elexon', 'elexon_dci'), 'elexon_dci', 'elexon_live'
    ) }}
)

select
    m_rid,
    revision_number,
    publish_time,
    publishing_period_commencing_time,
    affected_dso,
    demand_control_id,
    instruction_sequence,
    demand_control_event_flag,
    time_from,
    time_to,
    volume,
    system_management_action_flag,
    amendment_flag,
    version_id,
    known_at
from built
