-- What the catalogue asks on every screen must be answered at once, however long the ledger of loads has grown.

-- Coverage and counts are read from the index alone, which needs the newest rows to be known as seen by everybody.
create index loads_by_end on ops.loads (dataset, upper(covers)) include (covers, outcome, new, withdrawn);
alter table ops.loads set (
    autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01
);
-- What of a run came to nothing, or has not ended yet.
create index loads_amiss on ops.loads (run_id, dataset) where outcome in ('failed', 'refused', 'loading');

create function ops.coverage_between(first date, last date)
returns table (dataset text, day date, state text)
language sql
stable
begin atomic
    with asked as (
        select
            declared.dataset,
            declared.time_zone,
            spans.ever,
            spans.held,
            spans.loading
        from (
            select
                known.dataset,
                coalesce(known.time_zone, 'UTC') as time_zone
            from ops.datasets as known
        ) as declared
        -- Dataset by dataset: each reads no more of the ledger than what ends within the days, or after them.
        cross join lateral (
            select
                range_agg(load.covers) as ever,
                coalesce(range_agg(load.covers) filter (where load.outcome in ('held', 'unchanged')), '{}') as held,
                coalesce(range_agg(load.covers) filter (where load.outcome = 'loading'), '{}') as loading
            from ops.loads as load
            where
                load.dataset = declared.dataset
                and upper(load.covers) > coverage_between.first::timestamp at time zone declared.time_zone
                and load.covers && tstzrange(
                    coverage_between.first::timestamp at time zone declared.time_zone,
                    (coverage_between.last + 1)::timestamp at time zone declared.time_zone
                )
        ) as spans
        where spans.ever is not null
    ),

    days as (
        select
            asked.*,
            each::date as day,
            tstzrange(
                each at time zone asked.time_zone, (each + interval '1 day') at time zone asked.time_zone
            ) as span
        from asked
        cross join lateral generate_series(
            greatest(
                date_trunc('day', lower(asked.ever) at time zone asked.time_zone), coverage_between.first::timestamp
            ),
            least(
                date_trunc('day', (upper(asked.ever) - interval '1 microsecond') at time zone asked.time_zone),
                coverage_between.last::timestamp
            ),
            interval '1 day'
        ) as each
    )

    select
        days.dataset,
        days.day,
        case
            when
                days.held @> (days.ever * tstzmultirange(days.span))
                and not isempty(days.ever * tstzmultirange(days.span)) then 'held'
            when days.loading && days.span then 'loading'
            when days.ever && days.span then 'missing'
            else 'never asked for'
        end as state
    from days;
end;
comment on function ops.coverage_between is 'What was asked for and came of the days from the first to the last, one row per dataset and day between the first and the last of them that was asked for. held: all that was asked for of the day came.';
revoke execute on function ops.coverage_between from public;
grant execute on function ops.coverage_between
to gridloom_loader, gridloom_transformer, gridloom_analyst, gridloom_screens, gridloom_explorer;

create or replace view ops.coverage as
select
    dataset,
    day,
    state
from ops.coverage_between('-infinity', 'infinity');

-- From one code to the next by the index: the history may be long, the codes are few.
create or replace view ops.elexon_datasets as
with recursive codes as (
    (select code from ops.elexon_discoveries order by code limit 1)
    union all
    select following.code
    from codes
    cross join lateral (
        select found.code
        from ops.elexon_discoveries as found
        where found.code > codes.code
        order by found.code
        limit 1
    ) as following
)

select newest.*
from codes
cross join lateral (
    select *
    from ops.elexon_discoveries as found
    where found.code = codes.code
    order by found.discovered_at desc
    limit 1
) as newest;

create view ops.catalogue as
with publishers as (
    select
        'elexon' as publisher,
        'elexon_discovery' as discovery_dag_id
),

found as (
    select
        publishers.publisher,
        newest.*
    from ops.elexon_datasets as newest
    cross join publishers
),

declared as (
    select * from ops.datasets where is_declared
),

titles as (
    select
        publisher,
        min(publisher_title) as publisher_title
    from declared
    group by publisher
)

select
    coalesce(declared.dataset, found.code) as name,
    declared.dataset,
    found.code,
    coalesce(declared.publisher, found.publisher) as publisher,
    coalesce(declared.publisher_title, titles.publisher_title, found.publisher) as publisher_title,
    coalesce(declared.title, found.title) as title,
    declared.dag_id,
    declared.published_table,
    coalesce(declared.time_column, declared.instant_column) as instant_column,
    exists (
        select from pg_catalog.pg_class as held
        where
            held.relname = declared.dataset
            and held.relkind = 'p'
            and held.relnamespace = 'raw'::regnamespace
    ) as is_kept_by_windows,
    found.natural_key,
    found.is_key_known,
    found.parameter_family,
    found.parameters,
    found.largest_window,
    found.fields,
    found.is_listed,
    found.is_usable,
    found.reason,
    found.drift,
    found.last_updated_at,
    found.rows_held,
    found.discovered_at,
    publishers.discovery_dag_id,
    accepted.started_at as asked_at,
    coalesce(accepted.finished_at, accepted.started_at, declared.last_known_at) as loaded_at,
    waiting.last_updated_at as waiting_since
from declared
full join found on found.raw_table = 'raw.' || declared.dataset
left join titles on found.publisher = titles.publisher
left join publishers on publishers.publisher = coalesce(declared.publisher, found.publisher)
left join lateral (
    select
        load.started_at,
        load.finished_at
    from ops.loads as load
    where load.dataset = declared.dataset and load.outcome in ('held', 'unchanged', 'superseded')
    order by load.started_at desc
    limit 1
) as accepted on true
left join lateral (
    select earlier.last_updated_at
    from ops.elexon_discoveries as earlier
    where
        earlier.code = found.code
        and earlier.discovered_at > accepted.started_at
        and earlier.last_updated_at > accepted.started_at
    order by earlier.discovered_at
    limit 1
) as waiting on true;
comment on view ops.catalogue is 'Every dataset that a source declares, and every name that a publisher''s own list has beside them, with what its publisher said of it when it was last looked up. One row per name.';
comment on column ops.catalogue.name is 'The dataset; where none is loaded under it, the publisher''s name.';
comment on column ops.catalogue.code is 'The publisher''s own name of it; null where it was not looked up.';
comment on column ops.catalogue.dataset is 'The dataset; null for a name that cannot be loaded.';
comment on column ops.catalogue.instant_column is 'Column of published_table by which its rows are found quickest.';
comment on column ops.catalogue.is_kept_by_windows is 'Whether raw has the last answer of each window, rather than versions of rows.';
comment on column ops.catalogue.natural_key is 'Published names of the fields that name a row; null where it was not looked up.';
comment on column ops.catalogue.reason is 'Why it can be loaded, or why not; null where it was not looked up.';
comment on column ops.catalogue.last_updated_at is 'When its publisher last changed it, as its list said when it was last looked up.';
comment on column ops.catalogue.rows_held is 'Rows that raw held of it when it was last looked up.';
comment on column ops.catalogue.asked_at is 'When the newest load of it that came was begun; null where none ever came.';
comment on column ops.catalogue.loaded_at is 'When that load ended.';
comment on column ops.catalogue.waiting_since is 'Since when, as far as that was looked up, its publisher has had something newer than what was loaded; null where it has not.';
comment on column ops.catalogue.discovery_dag_id is 'The DAG that looks it up; null where its publisher has no list.';
