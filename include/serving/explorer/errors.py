"""Why a statement gave no rows."""


class RefusedError(Exception):
    """The statement was not run, or was ended. The message tells the reader why, and what to do."""
