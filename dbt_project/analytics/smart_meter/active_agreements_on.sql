create or replace function analytics.active_agreements_on(
    reference_date date, known_by timestamptz default 'infinity'
)
returns table (
    agreement_id bigint,
    meter_pseudonym text,
    product_id text,
    product_name text,
    is_variable boolean,
    region text,
    valid_from date,
    valid_to date
)
language sql
stable
parallel safe
as $$
    select
        agreement_id, meter_pseudonym, product_id, product_name, is_variable, region, valid_from, valid_to
    from analytics.agreement_versions
    where
        -- As the index has it. What is withdrawn has no days.
        valid_from <= reference_date
        and coalesce(valid_to, 'infinity') > reference_date
        and known_at <= known_by
        and (superseded_at is null or known_by < superseded_at)
$$;

comment on function analytics.active_agreements_on(date, timestamptz) is
'Agreements that hold on a day, from their first day on and until the day they end, as the reference was known at an '
'instant, or as it is known now, one row per agreement.';
