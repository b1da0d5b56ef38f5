"""Which port a service gets: the one asked for, the one it had, else a free one."""

import socket
from collections.abc import Iterable

from include.home import Home

ANY_FREE_PORT = 0


def choose_port(home: Home, service: str, *, host: str, asked: int, is_explicit: bool) -> int:
    """Return a free port for a service and remember it.

    A port that was set by hand comes before the one the service had; the default comes after it, so that an
    address that was handed out stays good.
    """
    remembered = home.port(service)
    wishes = [asked, remembered] if is_explicit else [remembered, asked]
    port = first_free(host, (wish for wish in wishes if wish is not None))
    home.remember_port(service, port)
    return port


def first_free(host: str, wishes: Iterable[int]) -> int:
    """Return the first of the ports that nobody listens on, else any free one."""
    for port in wishes:
        if is_free(host, port):
            return port
    with socket.socket() as probe:
        probe.bind((host, ANY_FREE_PORT))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Tell whether a service could listen on this port now."""
    with socket.socket() as probe:
        # As servers do: connections of a service that has just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
