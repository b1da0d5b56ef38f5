"""What may pass by itself is tried again; all else is for somebody to look at."""

from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

# By name: the exceptions' own modules take seconds to import. A test resolves each of them.
PASSING = {
    "include.ingestion.errors.PassingError": "may pass by itself",
    "psycopg2.OperationalError": "the warehouse may come back",
    "include.quality.result.JudgementError": "the warehouse may come back",
    "include.serving.workbook.errors.SheetUnavailableError": "Google may answer later",
}
PATIENT = ExceptionRetryPolicy(
    rules=[RetryRule(exception, RetryAction.RETRY, reason=reason) for exception, reason in PASSING.items()],
    default=RetryAction.FAIL,
)
