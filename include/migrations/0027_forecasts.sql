-- Forecasts of our own: why there is none, and how models would have done.

create table ops.forecast_refusals (
    origin_at timestamptz not null,
    target text,
    model text,
    because text not null,
    run_id bigint not null references ops.pipeline_runs,
    refused_at timestamptz not null default clock_timestamp(),
    unique nulls not distinct (origin_at, target, model)
);
comment on table ops.forecast_refusals is 'Forecasts that were not made, and why, one row per origin and target or model.';
comment on column ops.forecast_refusals.origin_at is 'The instant for which it was asked (UTC).';
comment on column ops.forecast_refusals.target is 'What was to be foreseen; null where a model was absent, whatever was asked.';
comment on column ops.forecast_refusals.model is 'The model that was absent; null where no model was asked.';

create table ops.backtests (
    backtest_id bigint generated always as identity primary key,
    target text not null,
    model text not null,
    model_version text not null,
    first_origin_at timestamptz not null,
    last_origin_at timestamptz not null,
    every interval not null,
    history text not null check (history in ('known', 'latest')),
    origins integer not null,
    refused integer not null,
    half_hours integer not null,
    mae double precision,
    mase double precision,
    pinball double precision,
    coverage_pct double precision,
    mae_naive_day double precision,
    mae_naive_week double precision,
    skill double precision,
    by_lead jsonb not null,
    took_s double precision not null,
    tested_at timestamptz not null default clock_timestamp()
);
comment on table ops.backtests is 'How a model would have done at past origins, one row per backtest.';
comment on column ops.backtests.history is 'known: what was known at each origin; latest: what is known now of what came before it, which flatters.';
comment on column ops.backtests.mae is 'Mean absolute error, in the unit of the target.';
comment on column ops.backtests.mase is 'mae by the mean change of the target from one day to the next.';
comment on column ops.backtests.pinball is 'Mean pinball loss of the three quantiles, in the unit of the target.';
comment on column ops.backtests.coverage_pct is 'Share of the half-hours between the quantiles 10 and 90 (percent).';
comment on column ops.backtests.skill is '1 - mae / mae of the better naive model; 0 is as good as that, below it worse.';
comment on column ops.backtests.by_lead is 'The same measures by how far ahead: a list of objects.';

-- The owner's tables are granted one by one: neither is ever updated.
grant insert on ops.forecast_refusals, ops.backtests to gridloom_loader;

alter table ops.watermarks add column reads_tables boolean not null default false;
comment on column ops.watermarks.reads_tables is 'Whether the release reads tables that those it follows publish, so that it waits until each of them has.';
