-- What the platform knows of itself. Analysts read it; only the loader and the transformer write it.

create table ops.datasets (
    dataset text primary key,
    last_known_at timestamptz,
    published_version_id bigint not null default 0,
    built_version_id bigint not null default 0,
    build_id bigint
);
comment on table ops.datasets is 'Watermarks, one row per dataset. Writers of a dataset lock its row.';
comment on column ops.datasets.last_known_at is 'Instant of the last load that was accepted; known_at of its versions.';
comment on column ops.datasets.published_version_id is 'Last raw version_id that stands in analytics. Keys with a later version are pending.';
comment on column ops.datasets.built_version_id is 'Last raw version_id that the current build reads; models never look past it.';
comment on column ops.datasets.build_id is 'The current build; only the build that was judged is published.';

create sequence ops.build_id;

create table ops.build_slot (
    is_only boolean primary key default true check (is_only)
);
comment on table ops.build_slot is 'One row, locked while dbt builds, so that no two builds write marts at once.';
insert into ops.build_slot default values;

create table ops.pipeline_runs (
    run_id bigint generated always as identity primary key,
    dag_id text not null,
    airflow_run_id text not null,
    window_started_at timestamptz,
    window_ended_at timestamptz,
    look_back_days integer,
    source_last_modified text,
    started_at timestamptz not null,
    last_seen_at timestamptz not null,
    finished_at timestamptz,
    duration_s double precision generated always as (extract(epoch from finished_at - started_at)) stored,
    status text not null check (status in ('running', 'success', 'failed', 'skipped', 'superseded', 'lost')),
    fetched bigint,
    new bigint,
    revised bigint,
    withdrawn bigint,
    unchanged bigint,
    rejected bigint,
    published bigint,
    failed_task text,
    error_message text,
    stack_trace text,
    unique (dag_id, airflow_run_id)
);
create index on ops.pipeline_runs (dag_id, started_at desc);
comment on table ops.pipeline_runs is 'Run history, one row per run; opened before the first request and closed whatever happens.';
comment on column ops.pipeline_runs.source_last_modified is 'What the publisher said of its last change, as text.';
comment on column ops.pipeline_runs.look_back_days is 'Days back from the run''s end; null where the run was given a window of its own.';
comment on column ops.pipeline_runs.fetched is 'Rows the publisher sent.';
comment on column ops.pipeline_runs.new is 'Rows whose key was not held before.';
comment on column ops.pipeline_runs.revised is 'Rows whose content differs from the version held before.';
comment on column ops.pipeline_runs.withdrawn is 'Keys that vanished from a window that was fetched whole.';
comment on column ops.pipeline_runs.rejected is 'Rows that broke their contract; each stands in ops.rejected_rows.';
comment on column ops.pipeline_runs.published is 'Pending keys that this run brought to analytics.';

create table ops.run_sessions (
    run_id bigint not null references ops.pipeline_runs,
    backend_pid integer not null,
    backend_started_at timestamptz not null,
    primary key (run_id, backend_pid)
);
comment on table ops.run_sessions is 'Database sessions of the tasks at work: a run whose sessions are all gone has been killed. One row per task at work.';

create table ops.rejected_rows (
    rejected_row_id bigint generated always as identity primary key,
    dataset text not null references ops.datasets,
    reason text not null,
    payload text not null,
    observed_at timestamptz,
    first_run_id bigint not null references ops.pipeline_runs,
    run_id bigint not null references ops.pipeline_runs,
    first_rejected_at timestamptz not null,
    last_rejected_at timestamptz not null,
    times_rejected integer not null default 1
);
create unique index on ops.rejected_rows (dataset, md5(reason), md5(payload));
create index on ops.rejected_rows (dataset, observed_at);
comment on table ops.rejected_rows is 'Rows that were refused, with the reason and the row as published; one row per dataset, reason and payload.';
comment on column ops.rejected_rows.payload is 'As published. Text, because what is refused need not be JSON.';
comment on column ops.rejected_rows.observed_at is 'The instant the row speaks of, where it could be read.';

create table ops.schema_drift (
    dataset text not null references ops.datasets,
    column_name text not null,
    first_seen_at timestamptz not null,
    example text,
    run_id bigint not null references ops.pipeline_runs,
    primary key (dataset, column_name)
);
comment on table ops.schema_drift is 'Columns that a publisher added, kept in the payload; one row per dataset and column.';

create table ops.request_pace (
    bucket text primary key,
    tokens double precision not null,
    refilled_at timestamptz not null
);
comment on table ops.request_pace is 'Token buckets of the publishers'' rate limits, shared by all processes; one row per bucket.';

create table ops.dbt_results (
    run_id bigint not null references ops.pipeline_runs,
    build_id bigint not null,
    unique_id text not null,
    resource_type text not null,
    name text not null,
    status text not null,
    duration_s double precision not null,
    rows_affected bigint,
    message text,
    finished_at timestamptz not null,
    primary key (build_id, unique_id)
);
create index on ops.dbt_results (run_id);
comment on table ops.dbt_results is 'What dbt built and tested, one row per build and model, test or seed.';

create table ops.quality_results (
    quality_result_id bigint generated always as identity primary key,
    run_id bigint not null references ops.pipeline_runs,
    build_id bigint,
    stage text not null check (stage in ('check_raw', 'check_marts')),
    suite text not null,
    subject text not null,
    expectation text not null,
    column_name text,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    success boolean not null,
    observed_value jsonb,
    details jsonb,
    judged_at timestamptz not null
);
create index on ops.quality_results (run_id);
comment on table ops.quality_results is 'What Great Expectations found, one row per run, stage and expectation.';
comment on column ops.quality_results.build_id is 'The build that was judged; publish publishes no other.';

create table ops.publications (
    build_id bigint primary key,
    run_id bigint not null references ops.pipeline_runs,
    published_at timestamptz not null,
    keys bigint not null,
    was_forced boolean not null,
    failed_checks text[] not null default '{}'
);
comment on table ops.publications is 'What reached analytics, one row per build. was_forced: past failed checks, which are named.';

create table ops.published_models (
    model text primary key,
    checksum text not null,
    published_at timestamptz not null
);
comment on table ops.published_models is 'The definition with which each model was last published whole, one row per model.';

grant insert, update on ops.datasets, ops.pipeline_runs, ops.rejected_rows, ops.schema_drift, ops.request_pace to gridloom_loader;
grant insert, delete on ops.run_sessions to gridloom_loader;
grant insert, update on ops.pipeline_runs, ops.dbt_results, ops.quality_results, ops.publications, ops.published_models to gridloom_transformer;

grant update on ops.datasets, ops.build_slot to gridloom_transformer;
grant usage on sequence ops.build_id to gridloom_transformer;
