"""What the checks found last, on every screen."""

# Of each pipeline's stages, the results of the newest run that got so far: one row per check, failures first.
NEWEST_RESULTS = """
    with stages as (
        select pipelines.dag_id, each.stage
        from (select distinct dag_id from ops.pipeline_runs) as pipelines
        cross join unnest(array['check_raw', 'check_marts']) as each (stage)
    ),

    newest_runs as (
        select run.run_id, stages.stage
        from stages
        cross join lateral (
            select run_id
            from ops.pipeline_runs as run
            where
                run.dag_id = stages.dag_id
                and exists (
                    select from ops.quality_results as result
                    where result.run_id = run.run_id and result.stage = stages.stage
                )
            order by run.started_at desc
            limit 1
        ) as run
    ),

    newest as (
        select distinct on (stage, subject, expectation, column_name)
            judged_at, success, severity, stage, subject, expectation, column_name,
            observed_value #>> '{}' as observed, details ->> 'finding' as finding
        from ops.quality_results
        inner join newest_runs using (run_id, stage)
        order by stage, subject, expectation, column_name, judged_at desc
    )

    select * from newest order by success, severity, stage desc, subject, expectation
"""
