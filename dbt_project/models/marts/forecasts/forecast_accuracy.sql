{{ config(materialized='table', meta={'publish': 'whole'}) }}

with scores as ({{ judged_scores(ref('daily_forecast_scores')) }})

select
    target,
    model,
    coalesce(lead_bucket, 'all') as lead_bucket,
    sum(half_hours)::bigint as half_hours,
    sum(error_sum) / sum(half_hours) as mae,
    sum(error_sum_with_change) / nullif(sum(daily_change_sum), 0) as mase,
    sum(pinball_sum) / sum(half_hours) as pinball,
    100 * sum(covered)::double precision / sum(half_hours) as coverage_pct,
    min(settlement_date) as judged_from,
    max(settlement_date) as judged_until
from scores
group by grouping sets ((target, model, lead_bucket), (target, model))
