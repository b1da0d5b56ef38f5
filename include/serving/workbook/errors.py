"""Why a Google Sheet was not written. Nothing that is slow is imported here: Airflow reads it with the DAG files."""


class SheetUnavailableError(Exception):
    """It may pass by itself: Google does not answer, or not now (429, 5xx). Writing again later is the answer."""


class SheetRefusedError(Exception):
    """Writing again will not help: the message says in one line who has to do what. It holds no secret."""
