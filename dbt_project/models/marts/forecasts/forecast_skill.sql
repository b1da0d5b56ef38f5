{{ config(materialized='table', meta={'publish': 'whole'}) }}

with scores as ({{ judged_scores(ref('daily_forecast_scores')) }}),

summed as (
    select
        target,
        model,
        coalesce(lead_bucket, 'all') as lead_bucket,
        sum(half_hours_with_naive)::bigint as half_hours,
        sum(error_sum_with_naive) / nullif(sum(half_hours_with_naive), 0) as mae,
        sum(naive_day_error_sum) / nullif(sum(half_hours_with_naive), 0) as naive_day_mae,
        sum(naive_week_error_sum) / nullif(sum(half_hours_with_naive), 0) as naive_week_mae,
        sum(half_hours_with_published)::bigint as half_hours_with_published,
        sum(error_sum_with_published) / nullif(sum(half_hours_with_published), 0) as mae_with_published,
        sum(published_error_sum) / nullif(sum(half_hours_with_published), 0) as published_mae
    from scores
    group by grouping sets ((target, model, lead_bucket), (target, model))
)

select
    target,
    model,
    lead_bucket,
    half_hours,
    mae,
    naive_day_mae,
    naive_week_mae,
    1 - mae / nullif(least(naive_day_mae, naive_week_mae), 0) as skill,
    mae > least(naive_day_mae, naive_week_mae) as is_worse_than_naive,
    half_hours_with_published,
    mae_with_published,
    published_mae,
    1 - mae_with_published / nullif(published_mae, 0) as skill_against_published
from summed
