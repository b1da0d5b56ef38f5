{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_action_days'), 'settlement_date') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_action_days', 'pending_key': 'settlement_date'}
) }}

{%- set pending = ref('int_elexon__pending_action_days') %}

with lines as (
    select * from {{ ref('stg_elexon__boalf') }}
    {% if is_incremental() -%}
        -- By its beginning, which an index serves: no acceptance lasts a day, and all of its lines are read.
        where time_from = any(array(
            select distinct line.time_from
            from {{ source('elexon', 'elexon_boalf') }} as line
            inner join {{ pending }} as day
                on
                    line.time_from >= {{ day_started_at('day.settlement_date') }} - interval '1 day'
                    and line.time_from < {{ day_started_at('(day.settlement_date + 2)') }}
        ))
    {%- endif %}
),

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
),

-- An acceptance that was amended counts as it was amended last, and not at all once it is deleted.
accepted as (
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
),

-- Materialized, so that what is read of a day is known before it is joined to anything.
half_hours as materialized (
    select
        accepted.*,
        half_hour.started_at as period_started_at,
        {{ settlement_date('half_hour.started_at') }} as settlement_date,
        {{ settlement_period('half_hour.started_at') }} as settlement_period,
        greatest(accepted.time_from, half_hour.started_at) as piece_from,
        least(accepted.time_to, half_hour.started_at + interval '30 minutes') as piece_to
    from accepted
    cross join lateral generate_series(
        {{ half_hour_of('accepted.time_from') }}, accepted.time_to - interval '1 microsecond', interval '30 minutes'
    ) as half_hour (started_at)
),

pieces as materialized (
    select * from half_hours
    {{ where_pending(pending, 'settlement_date') }}
),

struck as materialized (
    select distinct
        settlement_date,
        settlement_period,
        period_started_at,
        national_grid_bm_unit
    from pieces
),

notified as materialized (
    select
        struck.period_started_at,
        notice.national_grid_bm_unit,
        notice.time_from,
        notice.time_to,
        notice.level_from::double precision as level_from,
        notice.level_to::double precision as level_to,
        notice.known_at
    from (
        select * from {{ ref('stg_elexon__pn') }}
        {{ where_pending(pending, 'settlement_date') }}
    ) as notice
    inner join struck
        on
            notice.settlement_date = struck.settlement_date
            and notice.settlement_period = struck.settlement_period
            and notice.national_grid_bm_unit = struck.national_grid_bm_unit
    where notice.time_from < notice.time_to
),

-- The pairs in order: from the notified level upward those of offers, downward those of bids. What is beyond the last
-- of them, or all where there are none, is pair 0, which has no price.
bids as materialized (
    select
        struck.period_started_at,
        bid.national_grid_bm_unit,
        bid.pair_id,
        sum(bid.level_from) over pairs_up_to_it - bid.level_from as near_mw,
        sum(bid.level_from) over pairs_up_to_it as far_mw,
        bid.offer,
        bid.bid,
        bid.known_at
    from (
        select * from {{ ref('stg_elexon__bod') }}
        {{ where_pending(pending, 'settlement_date') }}
    ) as bid
    inner join struck
        on
            bid.settlement_date = struck.settlement_date
            and bid.settlement_period = struck.settlement_period
            and bid.national_grid_bm_unit = struck.national_grid_bm_unit
    window
        pairs_up_to_it as (
            partition by bid.settlement_date, bid.settlement_period, bid.national_grid_bm_unit, sign(bid.pair_id)
            order by abs(bid.pair_id)
        )
),

reach as (
    select
        struck.period_started_at,
        struck.national_grid_bm_unit,
        coalesce(max(bids.far_mw) filter (where bids.pair_id > 0), 0)::double precision as highest_mw,
        coalesce(min(bids.far_mw) filter (where bids.pair_id < 0), 0)::double precision as lowest_mw,
        max(bids.known_at) as known_at
    from struck
    left join bids
        on
            struck.period_started_at = bids.period_started_at
            and struck.national_grid_bm_unit = bids.national_grid_bm_unit
    group by struck.period_started_at, struck.national_grid_bm_unit
),

pairs as materialized (
    select
        period_started_at,
        national_grid_bm_unit,
        pair_id,
        least(near_mw, far_mw)::double precision as lowest_mw,
        greatest(near_mw, far_mw)::double precision as highest_mw,
        {{ price_of('offer') }} as offer_gbp_per_mwh,
        {{ price_of('bid') }} as bid_gbp_per_mwh,
        known_at
    from bids
    union all
    select
        period_started_at,
        national_grid_bm_unit,
        0 as pair_id,
        highest_mw as lowest_mw,
        1e6 as highest_mw,
        null as offer_gbp_per_mwh,
        null as bid_gbp_per_mwh,
        known_at
    from reach
    union all
    select
        period_started_at,
        national_grid_bm_unit,
        0 as pair_id,
        -1e6 as lowest_mw,
        lowest_mw as highest_mw,
        null as offer_gbp_per_mwh,
        null as bid_gbp_per_mwh,
        known_at
    from reach
),

-- Between two bends of any line of a unit and half-hour all of them are straight.
bends as (
    select
        period_started_at,
        national_grid_bm_unit,
        piece_from as bends_at
    from pieces
    union
    select
        period_started_at,
        national_grid_bm_unit,
        piece_to as bends_at
    from pieces
    union
    select
        period_started_at,
        national_grid_bm_unit,
        time_from as bends_at
    from notified
    union
    select
        period_started_at,
        national_grid_bm_unit,
        time_to as bends_at
    from notified
),

stretches as materialized (
    select
        period_started_at,
        national_grid_bm_unit,
        bends_at as stretch_from,
        lead(bends_at) over (partition by period_started_at, national_grid_bm_unit order by bends_at) as stretch_to
    from bends
),

-- Levels from the notified one, at both ends of a stretch.
levels as (
    select
        stretch.period_started_at,
        stretch.national_grid_bm_unit,
        stretch.stretch_from,
        stretch.stretch_to,
        pieces.settlement_date,
        pieces.settlement_period,
        pieces.bm_unit,
        pieces.acceptance_number,
        pieces.accepted_at,
        pieces.is_system_action,
        {{ level_at('stretch.stretch_from', 'pieces') }} - {{ level_at('stretch.stretch_from', 'notified') }}
            as mw_from,
        {{ level_at('stretch.stretch_to', 'pieces') }} - {{ level_at('stretch.stretch_to', 'notified') }} as mw_to,
        greatest(pieces.known_at, notified.known_at) as known_at
    from stretches as stretch
    inner join pieces
        on
            stretch.period_started_at = pieces.period_started_at
            and stretch.national_grid_bm_unit = pieces.national_grid_bm_unit
            and stretch.stretch_from >= pieces.piece_from
            and stretch.stretch_to <= pieces.piece_to
    inner join notified
        on
            stretch.period_started_at = notified.period_started_at
            and stretch.national_grid_bm_unit = notified.national_grid_bm_unit
            and stretch.stretch_from >= notified.time_from
            and stretch.stretch_to <= notified.time_to
),

-- An acceptance moves the unit from where the one before it has left it.
moves as (
    select
        *,
        coalesce(lag(mw_from) over acceptances_in_order, 0) as former_mw_from,
        coalesce(lag(mw_to) over acceptances_in_order, 0) as former_mw_to
    from levels
    window
        acceptances_in_order as (
            partition by period_started_at, national_grid_bm_unit, stretch_from
            order by accepted_at, acceptance_number
        )
),

-- Where a line crosses the one before, it is up on one side and down on the other.
crossings as (
    select
        *,
        case
            when (mw_from - former_mw_from) * (mw_to - former_mw_to) < 0
                then (mw_from - former_mw_from) / ((mw_from - former_mw_from) - (mw_to - former_mw_to))
            else 1
        end as crosses_at_share
    from moves
),

sides as (
    select
        crossings.*,
        side.share_to - side.share_from as share_of_stretch,
        crossings.mw_from + (crossings.mw_to - crossings.mw_from) * side.share_from as side_mw_from,
        crossings.mw_from + (crossings.mw_to - crossings.mw_from) * side.share_to as side_mw_to,
        crossings.former_mw_from + (crossings.former_mw_to - crossings.former_mw_from) * side.share_from
            as former_side_mw_from,
        crossings.former_mw_from + (crossings.former_mw_to - crossings.former_mw_from) * side.share_to
            as former_side_mw_to
    from crossings
    cross join
        lateral (
            values (0::double precision, crossings.crosses_at_share), (crossings.crosses_at_share, 1::double precision)
        ) as side (share_from, share_to)
    where side.share_from < side.share_to
),

volumes as (
    select
        sides.*,
        pairs.pair_id,
        pairs.offer_gbp_per_mwh,
        pairs.bid_gbp_per_mwh,
        greatest(sides.known_at, pairs.known_at) as volume_known_at,
        {{ hours_between('sides.stretch_from', 'sides.stretch_to') }} * sides.share_of_stretch * (
            {{ clamped_mean('sides.side_mw_from', 'sides.side_mw_to', 'pairs.lowest_mw', 'pairs.highest_mw') }}
            - {{ clamped_mean(
                'sides.former_side_mw_from', 'sides.former_side_mw_to', 'pairs.lowest_mw', 'pairs.highest_mw'
            ) }}
        ) as volume_mwh
    from sides
    inner join pairs
        on
            sides.period_started_at = pairs.period_started_at
            and sides.national_grid_bm_unit = pairs.national_grid_bm_unit
),

actions as (
    select
        period_started_at,
        settlement_date,
        settlement_period,
        national_grid_bm_unit,
        acceptance_number,
        accepted_at,
        pair_id,
        case when volume_mwh > 0 then 'offer' else 'bid' end as direction,
        max(bm_unit) as bm_unit,
        bool_or(is_system_action) as is_system_action,
        sum(volume_mwh) as volume_mwh,
        max(case when volume_mwh > 0 then offer_gbp_per_mwh else bid_gbp_per_mwh end) as price_gbp_per_mwh,
        max(volume_known_at) as known_at
    from volumes
    -- Less than a watt-hour is what figures of this precision leave of nothing.
    where abs(volume_mwh) > 1e-6
    group by
        period_started_at, settlement_date, settlement_period, national_grid_bm_unit, acceptance_number, accepted_at,
        pair_id, direction
)

select
    period_started_at,
    settlement_date,
    settlement_period,
    national_grid_bm_unit,
    bm_unit,
    acceptance_number,
    accepted_at,
    pair_id,
    direction,
    volume_mwh,
    price_gbp_per_mwh,
    volume_mwh * price_gbp_per_mwh as cost_gbp,
    is_system_action,
    known_at
from actions
