-- What lets many sources live in one warehouse: what a dataset is to its readers, a ledger of loads, and watermarks of
-- each release. See the design, sections 2 and 3.

alter table ops.datasets
    add column dag_id text,
    add column publisher text,
    add column publisher_title text,
    add column publisher_url text,
    add column attribution text,
    add column licence text,
    add column licence_url text,
    add column title text,
    add column published_table text,
    add column time_column text,
    add column measured_column text,
    add column step interval,
    add column time_zone text,
    add column warn_after interval,
    add column critical_after interval,
    add column is_personal boolean not null default false,
    add column is_declared boolean not null default false;
comment on table ops.datasets is 'What each source declares of a dataset, written by the migration, and its last load, one row per dataset. Writers of a dataset lock its row.';
comment on column ops.datasets.dag_id is 'The DAG that loads it.';
comment on column ops.datasets.publisher is 'Short name of the publisher, as in the names of its tables.';
comment on column ops.datasets.publisher_title is 'Name of the publisher, for readers.';
comment on column ops.datasets.publisher_url is 'Address of the publisher''s API by default.';
comment on column ops.datasets.attribution is 'What the publisher''s licence asks readers to be told.';
comment on column ops.datasets.title is 'Name of the dataset, for readers.';
comment on column ops.datasets.published_table is 'Table of schema analytics in which readers find it; null where it has none of its own.';
comment on column ops.datasets.time_column is 'Column of published_table that names a row''s period by its start; null where rows have no time.';
comment on column ops.datasets.measured_column is 'Rows of published_table in which this is null are forecasts, and say nothing of how old the dataset is.';
comment on column ops.datasets.step is 'How long a period lasts.';
comment on column ops.datasets.time_zone is 'The zone whose days the dataset is counted by.';
comment on column ops.datasets.warn_after is 'From this age on, counted from the end of its newest period, the dataset is late; null: it may be any age.';
comment on column ops.datasets.critical_after is 'From this age on the dataset is stale, and its runs fail.';
comment on column ops.datasets.is_personal is 'Whether its rows tell of persons: then analysts see neither its refused rows nor examples of them.';
comment on column ops.datasets.is_declared is 'Whether a source declares it today; what is held of a dataset that none declares any more stays.';

create table ops.loads (
    load_id bigint generated always as identity primary key,
    run_id bigint not null references ops.pipeline_runs,
    dataset text not null references ops.datasets,
    scope text not null,
    covers tstzrange,
    is_routine boolean not null,
    edition text,
    outcome text not null check (outcome in ('loading', 'held', 'unchanged', 'failed', 'superseded')),
    cause text,
    fetched bigint not null default 0,
    new bigint not null default 0,
    revised bigint not null default 0,
    withdrawn bigint not null default 0,
    unchanged bigint not null default 0,
    rejected bigint not null default 0,
    repeated bigint not null default 0,
    outside bigint not null default 0,
    digest bytea,
    known_at timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz,
    unique (run_id, dataset, scope)
);
create index on ops.loads (dataset, started_at desc);
create index on ops.loads (run_id) where outcome = 'loading';
create index on ops.loads (dataset, lower(covers));
comment on table ops.loads is 'What was asked of the publishers and what came of it, one row per run, dataset and scope.';
comment on column ops.loads.scope is 'What the answer speaks for: a span, settlement days, a file, a snapshot.';
comment on column ops.loads.covers is 'The instants the answer speaks for; null where it speaks for none.';
comment on column ops.loads.is_routine is 'Whether the run asked by itself, rather than for a span that somebody named.';
comment on column ops.loads.edition is 'What the publisher said of its last change, as text, where it says so.';
comment on column ops.loads.outcome is 'loading: begun; held: its rows are in raw; unchanged: the edition was known, so nothing was fetched; failed: nothing was written; superseded: a later load replaced its window.';
comment on column ops.loads.cause is 'Why it failed, in one line.';
comment on column ops.loads.fetched is 'Rows the publisher sent.';
comment on column ops.loads.repeated is 'Rows that came more than once, the same each time; one of them counts.';
comment on column ops.loads.outside is 'Rows at the edge of the scope, which it does not hold; they were left out.';
comment on column ops.loads.digest is 'SHA-256 of what came, where the scope is a file or a snapshot.';
comment on column ops.loads.known_at is 'known_at of the versions it wrote; null where it wrote none.';

create table ops.watermarks (
    release text not null,
    dataset text not null references ops.datasets,
    published_version_id bigint not null default 0,
    pending_after_version_id bigint not null default 0,
    built_version_id bigint not null default 0,
    build_id bigint,
    primary key (release, dataset)
);
comment on table ops.watermarks is 'How far each release has built and published each dataset it reads, one row per release and dataset.';
comment on column ops.watermarks.published_version_id is 'Last raw version_id that stands in analytics. Keys with a later version are pending.';
comment on column ops.watermarks.pending_after_version_id is 'Models take up versions after this one: the slice that is being built, else all that is not published.';
comment on column ops.watermarks.built_version_id is 'Last raw version_id that the current build reads; models never look past it.';
comment on column ops.watermarks.build_id is 'The current build; only the build that was judged is published.';

insert into ops.watermarks (release, dataset, published_version_id, pending_after_version_id, built_version_id, build_id)
select dataset, dataset, published_version_id, published_version_id, built_version_id, build_id from ops.datasets;

insert into ops.loads (
    run_id, dataset, scope, covers, is_routine, edition, outcome,
    fetched, new, revised, withdrawn, unchanged, rejected, started_at, finished_at
)
select
    run.run_id, dataset.dataset,
    format(
        '[%s, %s) UTC',
        to_char(run.window_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        to_char(run.window_ended_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
    ),
    tstzrange(run.window_started_at, run.window_ended_at),
    run.look_back_days is not null,
    run.source_last_modified,
    case when run.status = 'skipped' then 'unchanged' when run.fetched is null then 'failed' else 'held' end,
    coalesce(run.fetched, 0), coalesce(run.new, 0), coalesce(run.revised, 0), coalesce(run.withdrawn, 0),
    coalesce(run.unchanged, 0), coalesce(run.rejected, 0),
    run.started_at, run.finished_at
from ops.pipeline_runs as run
inner join ops.datasets as dataset on run.dag_id = dataset.dataset
where run.window_started_at is not null and run.window_ended_at > run.window_started_at;

alter table ops.pipeline_runs add column repeated bigint, add column outside bigint;
comment on table ops.pipeline_runs is 'Run history, one row per run, its counts summed over its loads; opened before the first request and closed whatever happens.';

alter table ops.rejected_rows add column key jsonb;
comment on column ops.rejected_rows.key is 'The key the row stands for, as text by field, where it could be read.';

-- A foreign key is half of a load's time; ops.loads has it.
do $$
declare
    foreign_key record;
begin
    for foreign_key in
        select conrelid::regclass as raw_table, conname
        from pg_catalog.pg_constraint
        where contype = 'f' and connamespace = 'raw'::regnamespace and confrelid = 'ops.pipeline_runs'::regclass
    loop
        execute format('alter table %s drop constraint %I', foreign_key.raw_table, foreign_key.conname);
    end loop;
end
$$;

create view ops.coverage as
with spans as (
    select
        load.dataset,
        coalesce(dataset.time_zone, 'UTC') as time_zone,
        load.covers,
        load.outcome
    from ops.loads as load
    inner join ops.datasets as dataset on load.dataset = dataset.dataset
    where load.covers is not null
),

asked as (
    select
        dataset,
        time_zone,
        range_agg(covers) as ever,
        coalesce(range_agg(covers) filter (where outcome in ('held', 'unchanged')), '{}') as held,
        coalesce(range_agg(covers) filter (where outcome = 'loading'), '{}') as loading
    from spans
    group by dataset, time_zone
),

days as (
    select
        asked.*,
        day::date as day,
        tstzrange(day at time zone asked.time_zone, (day + interval '1 day') at time zone asked.time_zone) as span
    from asked
    cross join lateral generate_series(
        date_trunc('day', lower(asked.ever) at time zone asked.time_zone),
        date_trunc('day', (upper(asked.ever) - interval '1 microsecond') at time zone asked.time_zone),
        interval '1 day'
    ) as day
)

select
    dataset,
    day,
    case
        when held @> (ever * tstzmultirange(span)) and not isempty(ever * tstzmultirange(span)) then 'held'
        when loading && span then 'loading'
        when ever && span then 'missing'
        else 'never asked for'
    end as state
from days;
comment on view ops.coverage is 'What was asked for and came, by the days of each dataset, one row per dataset and day. held: all that was asked for of the day came.';
grant select on ops.coverage to gridloom_loader, gridloom_transformer, gridloom_analyst;

grant insert, update on ops.loads to gridloom_loader;
grant update on ops.run_sessions to gridloom_loader;
grant update on ops.watermarks to gridloom_transformer;
alter table ops.datasets drop column published_version_id, drop column built_version_id, drop column build_id;
alter table ops.pipeline_runs
    drop column source_last_modified, drop column look_back_days,
    drop column window_started_at, drop column window_ended_at;
revoke update on ops.datasets from gridloom_transformer;
