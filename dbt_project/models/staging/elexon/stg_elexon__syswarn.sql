with built as (
    {{ built_windows(
        source('elexon', 'elexon_syswarn'), 'elexon_syswarn', 'elexon_live'
    ) }}
)

select
    publish_time,
    warning_type,
    warning_text,
    version_id,
    known_at
from built
