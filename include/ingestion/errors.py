"""What can go wrong between a publisher and `raw`: what may pass by itself, and what will not."""


class PassingError(Exception):
    """It may pass by itself: asking again later is the answer."""


class LastingError(Exception):
    """Asking again will not help: somebody has to look."""


class SourceUnavailableError(PassingError):
    """The publisher did not answer, or answered that it cannot now (429, 5xx, a broken connection)."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.status = status


class DamagedAnswerError(PassingError):
    """The answer is not what was asked for: cut off, no JSON, or short of rows."""


class GoneError(DamagedAnswerError):
    """Known keys are gone, which a second answer has to bear out."""

    def __init__(self, message: str, keys: str) -> None:
        super().__init__(message, keys)
        self.keys = keys
        """Which they are, as a hash."""

    def __str__(self) -> str:
        return str(self.args[0])


class AnswerOutsideScopeError(DamagedAnswerError):
    """The answer holds rows of other times than were asked for: it is the answer to another question."""


class MovingSourceError(PassingError):
    """The publisher went on publishing while it was read."""


class SourceRefusedError(LastingError):
    """The publisher refuses the request itself (400, 403, 404, 409, a redirect)."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RewrittenError(LastingError):
    """Rows came with other values than those that are held, of a dataset whose rows never change."""


class OversizedAnswerError(LastingError):
    """The answer is larger, or unpacks to more, than any honest answer would."""


class SchemaChangedError(LastingError):
    """A known column is missing or has another type."""


class TooManyRejectedError(LastingError):
    """So many rows break their contract that the window is not to be trusted."""


class TooManyWithdrawnError(LastingError):
    """So many known keys are gone from a window that the answer is not to be trusted."""


class OverlappingWindowError(LastingError):
    """The answer speaks for a part of a window that is held, which is only replaced whole."""
