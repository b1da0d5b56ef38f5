"""Into `ops.quality_results`: every check that was made, whether it held or not."""

from collections.abc import Iterable

from psycopg2.extras import Json, execute_values

from include.quality.result import CheckResult, Stage
from include.warehouse import Connection


def record(
    connection: Connection, *, run_id: int, build_id: int | None, stage: Stage, results: Iterable[CheckResult]
) -> None:
    """Keep the results of a stage, in one transaction. A stage that is repeated adds its results again."""
    rows = [
        (
            run_id,
            build_id,
            stage.value,
            result.suite,
            result.name,
            result.subject,
            result.expectation,
            result.column_name,
            result.severity.value,
            result.success,
            Json(result.observed_value),
            Json({"finding": result.finding, **result.details}),
        )
        for result in results
    ]
    with connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.quality_results (
                run_id, build_id, stage, suite, name, subject, expectation, column_name, severity, success,
                observed_value, details, judged_at
            )
            values %s
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())",
        )
