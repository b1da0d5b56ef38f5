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
        line.time_from,
        max(line.time_to) as time_to
    from {{ source('elexon', 'elexon_boalf') }} as line
    inner join pending_lines
        on
            line.time_from = pending_lines.time_from
            and line.national_grid_bm_unit = pending_lines.national_grid_bm_unit
            and line.acceptance_number = pending_lines.acceptance_number
            and line.acceptance_time = pending_lines.acceptance_time
    group by line.time_from, line.national_grid_bm_unit, line.acceptance_number, line.acceptance_time
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
