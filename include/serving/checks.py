"""What the checks found last, on every screen."""

# The newest result of each check, whichever run it comes from: one row per DAG, stage, suite and check, failures first.
NEWEST_RESULTS = """
    select
        dag_id, judged_at, success, severity, stage, suite, name, subject, expectation, column_name,
        observed_value #>> '{}' as observed, finding
    from ops.newest_checks
    order by success, severity, dag_id, stage desc, suite, name
"""
