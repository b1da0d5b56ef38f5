{{ config(materialized='table', meta={'publish': 'whole'}) }}

with scores as ({{ judged_scores(ref('daily_forecast_scores')) }}),

summed as (
    select
        target,
        model,
        coalesce(lead_bucket, 'all') as lead_bucket,
        sum(half_hours)::bigint as half_hours,
        sum(at_most_quantile_10) as at_most_10,
        sum(at_most_quantile_50) as at_most_50,
        sum(at_most_quantile_90) as at_most_90
    from scores
    group by grouping sets ((target, model, lead_bucket), (target, model))
)

select
    summed.target,
    summed.model,
    summed.lead_bucket,
    of_quantile.quantile_pct,
    summed.half_hours,
    100 * of_quantile.at_most::double precision / summed.half_hours as at_most_pct
from summed
cross join lateral (
    values (10, summed.at_most_10), (50, summed.at_most_50), (90, summed.at_most_90)
) as of_quantile (quantile_pct, at_most)
