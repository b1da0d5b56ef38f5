with lines as (select * from {{ ref('stg_elexon__boalf') }}),

-- An acceptance that was amended counts as it was amended last, and not at all once it is deleted.
ranked as (
    select
        *,
        case amendment_flag when 'DEL' then 3 when 'UPD' then 2 else 1 end as amendment
    from lines
),

amended as (
    select
        *,
        max(amendment) over (
            partition by national_grid_bm_unit, acceptance_number, acceptance_time
        ) as last_amendment
    from ranked
)

select
    national_grid_bm_unit,
    bm_unit,
    acceptance_number,
    acceptance_time as accepted_at,
    so_flag as is_system_action,
    time_from,
    time_to,
    level_from::double precision as level_from,
    level_to::double precision as level_to,
    known_at
from amended
where amendment = last_amendment and amendment < 3 and time_from < time_to
