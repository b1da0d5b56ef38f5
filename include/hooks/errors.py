"""Why a delivery is not taken."""

from http import HTTPStatus


class RefusedError(Exception):
    """A delivery is not as it must be. Says why in one line, without any secret and without anything it brought."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class UnavailableError(Exception):
    """A sound delivery cannot be taken now; its sender tries again. Says why in one line."""
