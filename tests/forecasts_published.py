"""Forecasts as they are published, with rows that nobody foresaw: a formula makes them.

Every six hours of the last ten days an origin; demand rises by 10 MW from one settlement period to the next. `ridge` is
100 MW off, `naive_day` 300, `naive_week` 400; the publisher 150, as far as it foresees anything. Of gas nothing was
foreseen yet, and of solar a newer origin was refused.
"""

from datetime import datetime

from psycopg2.extensions import cursor

from tests.marts import made_as_its_contract_says

TABLES = (
    *("half_hourly_forecasts", "half_hourly_outturns", "daily_forecast_scores"),
    *("forecast_accuracy", "forecast_skill", "forecast_calibration", "best_model"),
)
REFUSED = "the newest half-hour that was known ended 4.5 h before; at most 3 h may have passed"
ABSENT = "it is not installed; make forecasts brings it"
_ROWS = """
insert into analytics.half_hourly_outturns
select
    target, period_started_at, settlement_date, 30000 + 10 * period, 0, period_started_at + interval '40 minutes'
from (
    select
        *,
        1 + (extract(epoch from period_started_at - (settlement_date::timestamp at time zone 'Europe/London'))
            / 1800)::int as period
    from (
        select period_started_at, (period_started_at at time zone 'Europe/London')::date as settlement_date
        from generate_series(%(now)s - interval '11 days', %(now)s - interval '1 hour', interval '30 minutes')
            as period_started_at
    ) as dated
) as half_hours
cross join unnest(array['demand', 'wind', 'solar', 'carbon']) as target;

insert into analytics.half_hourly_forecasts
select
    row_number() over (order by origin_at, target, model), origin_at, target, model, '1',
    origin_at + number * interval '30 minutes', number / 2.0,
    30000 + off_by - 200, 30000 + off_by, 30000 + off_by + 800,
    origin_at - interval '5 minutes', origin_at - interval '30 minutes', origin_at + interval '1 second'
from generate_series(%(now)s - interval '10 days', %(now)s, interval '6 hours') as origin_at
cross join unnest(array['demand', 'wind', 'solar', 'carbon']) as target
cross join (values ('ridge', 100), ('naive_day', 300), ('naive_week', 400)) as models (model, off_by)
cross join generate_series(0, 95) as number;

insert into analytics.forecast_accuracy
select
    target, model, lead_bucket, 480, mae, mae / 400, mae / 3, coverage, %(now)s::date - 9, %(now)s::date
from unnest(array['demand', 'wind', 'solar', 'carbon']) as target
cross join (values ('ridge', 100, 81.5), ('naive_day', 300, 79), ('naive_week', 400, 60)) as m (model, mae, coverage)
cross join unnest(array['all', '0-6 h', '6-24 h', '24-48 h']) as lead_bucket;

insert into analytics.forecast_skill
select
    target, model, lead_bucket, 480, mae, 300, 400, 1 - mae / 300.0, mae > 300, published, mae,
    case when published > 0 then 150 end, case when published > 0 then 1 - mae / 150.0 end
from unnest(array['demand', 'wind', 'solar', 'carbon']) as target
cross join (values ('ridge', 100), ('naive_day', 300), ('naive_week', 400)) as models (model, mae)
cross join (values ('all', 120), ('0-6 h', 120), ('6-24 h', 0), ('24-48 h', 0)) as leads (lead_bucket, published);

insert into analytics.forecast_calibration
select target, model, lead_bucket, quantile, 480, least(quantile + 1, 99)
from unnest(array['demand', 'wind', 'solar', 'carbon']) as target
cross join unnest(array['ridge', 'naive_day', 'naive_week']) as model
cross join unnest(array['all', '0-6 h', '6-24 h', '24-48 h']) as lead_bucket
cross join unnest(array[10, 50, 90]) as quantile;

insert into analytics.best_model
select target, 'ridge', 100, 2.0 / 3, 480 from unnest(array['demand', 'wind', 'carbon']) as target;

with run as (
    insert into ops.pipeline_runs (dag_id, airflow_run_id, status, started_at, last_seen_at, finished_at)
    select 'forecasts', 'planted', 'success', %(now)s, %(now)s, %(now)s
    where not exists (select from ops.pipeline_runs)
    returning run_id
)
insert into ops.forecast_refusals (origin_at, target, model, because, run_id)
select
    %(now)s + interval '1 minute', target, model, because,
    coalesce((select run_id from run), (select max(run_id) from ops.pipeline_runs))
from (values ('solar', null, %(refused)s), (null, 'fracast', %(absent)s)) as told (target, model, because);

grant select on all tables in schema analytics
to gridloom_analyst, gridloom_screens, gridloom_explorer, gridloom_transformer;
"""


def publish(owner: cursor, now: datetime) -> None:
    """Publish what is foreseen at the end of a half-hour, `now`."""
    owner.execute("".join(made_as_its_contract_says(table) for table in TABLES))
    owner.execute(_ROWS, {"now": now, "refused": REFUSED, "absent": ABSENT})
