create or replace function analytics.daily_product_consumption_as_known_at(known_by timestamptz)
returns table (
    consumption_date date,
    product_name text,
    meters integer,
    consumption_kwh numeric(12, 3),
    is_suppressed boolean
)
language sql
stable
parallel safe
as $$
    select
        consumption_date,
        product_name,
        case when not is_suppressed then meters end,
        case when not is_suppressed then consumption_kwh end,
        is_suppressed
    from (
        select
            products.*,
            -- The rule of the published table.
            meters < smallest_group
            or coalesce(
                sum(meters) over (
                    partition by consumption_date
                    order by meters, product_name
                    rows between unbounded preceding and 1 preceding
                ) < smallest_group,
                false
            ) as is_suppressed
        from (
            select
                days.consumption_date,
                coalesce(agreements.product_name, agreements.product_id) as product_name,
                count(*)::integer as meters,
                sum(days.consumption_kwh)::numeric(12, 3) as consumption_kwh
            from (
                select distinct on (consumption_date, meter_pseudonym) *
                from analytics.daily_meter_consumption_versions
                where known_at <= known_by
                -- Newest first, so that the primary key gives this order, read backwards.
                order by consumption_date desc, meter_pseudonym desc, known_at desc
            ) as days
            inner join analytics.agreement_versions as agreements
                on
                    days.meter_pseudonym = agreements.meter_pseudonym
                    and agreements.valid_from <= days.consumption_date
                    and (agreements.valid_to is null or days.consumption_date < agreements.valid_to)
                    and agreements.known_at <= known_by
                    and (agreements.superseded_at is null or known_by < agreements.superseded_at)
                    and not agreements.is_withdrawn
            where days.readings > 0
            group by 1, 2
        ) as products
        cross join (
            select value::integer as smallest_group
            from ops.release_settings
            where release = 'smart_meter' and name = 'smart_meter_smallest_group'
        ) as setting
    ) as judged
$$;

comment on function analytics.daily_product_consumption_as_known_at(timestamptz) is
'What meters used on a day by the name of their tariff, by the readings and the agreements as they were known at an '
'instant; small groups are suppressed, one row per day and name of a tariff. Narrow it by consumption_date; the condition '
'reaches the index.';
