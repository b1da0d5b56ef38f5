with notified as (select * from {{ ref('int_elexon__pending_notification_days') }}),

bids as (
    {{ pending_window_days('elexon_bod', 'elexon_units') }}
),

pending_lines as (
    {{ pending_keys(
        source('elexon', 'elexon_boalf'), 'elexon_boalf',
        key=['time_from', 'national_grid_bm_unit', 'acceptance_number', 'acceptance_time'], release='elexon_units'
    ) }}
),

-- Where a line is withdrawn, or was longer before, the days of its earlier versions change.
lines as (
    select
        held.time_from,
        max(held.time_to) as time_to
    from {{ source('elexon', 'elexon_boalf') }} as held
    inner join pending_lines
        on
            held.time_from = pending_lines.time_from
            and held.national_grid_bm_unit = pending_lines.national_grid_bm_unit
            and held.acceptance_number = pending_lines.acceptance_number
            and held.acceptance_time = pending_lines.acceptance_time
    group by held.time_from, held.national_grid_bm_unit, held.acceptance_number, held.acceptance_time
),

accepted as (
    select {{ settlement_date('time_from') }} as settlement_date from lines
    union
    select {{ settlement_date("(time_to - interval '1 microsecond')") }} from lines
)

select settlement_date from notified
union
select settlement_date from bids
union
select settlement_date from accepted
where settlement_date is not null
