"""What may go wrong on a machine that is in order otherwise."""


class LocalError(Exception):
    """Something the user can put right. The message is one line and says how; no traceback is needed."""
