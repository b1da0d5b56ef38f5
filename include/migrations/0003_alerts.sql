-- What people were told, and what is still to be told. Only the loader writes it.

create table ops.alerts (
    alert_id bigint generated always as identity primary key,
    kind text not null check (kind in ('run_failed', 'run_lost', 'run_late', 'source_stale', 'drift_found')),
    dag_id text not null,
    subject text not null,
    summary text not null,
    airflow_run_id text,
    first_raised_at timestamptz not null,
    last_raised_at timestamptz not null,
    times_raised integer not null default 1,
    told_at timestamptz not null,
    resolved_at timestamptz
);
create unique index on ops.alerts (kind, dag_id, subject) where resolved_at is null;
create index on ops.alerts (dag_id, kind, subject);
comment on table ops.alerts is 'What went wrong, one row per kind, DAG and subject for as long as it lasts.';
comment on column ops.alerts.subject is 'What tells it from others of its kind and DAG: the task and its error, the run, the columns.';
comment on column ops.alerts.told_at is 'When people were last told; what lasts is told again only after a while.';
comment on column ops.alerts.resolved_at is 'When a run of the DAG next succeeded; from then on the same fault is a new one.';

create table ops.alert_messages (
    message_id text primary key,
    alert_id bigint not null references ops.alerts,
    channel text not null check (channel in ('webhook', 'mail')),
    payload jsonb not null,
    composed_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    sent_at timestamptz,
    last_error text
);
create index on ops.alert_messages (next_attempt_at) where sent_at is null;
comment on table ops.alert_messages is 'Alerts on their way, one row per telling and channel; what could not be sent is tried again.';
comment on column ops.alert_messages.message_id is 'The same in every attempt, so that a receiver knows what it has had.';

grant insert, update on ops.alerts, ops.alert_messages to gridloom_loader;
