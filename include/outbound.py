"""Asking others over the network, so that it ends: a time limit holds for all of an answer's head, not for each byte.

Sockets begin their time anew with every byte that comes, so whoever sends one now and then holds a reader for ever.
Here one limit holds for finding any of a host's addresses open; for a head, with all that is said before it; and for
each piece of a body, with the lines around it. What looking up a name takes, the system's resolver limits.
"""

import io
import socket
import time
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


def session() -> requests.Session:
    """Return a session whose time limits hold as said above, and that follows no redirect and keeps no cookie."""
    asking = _Session()
    make_timely(asking)
    return asking


def make_timely(asking: requests.Session) -> None:
    """Have the time limits of another's session hold as said above, and have it keep no cookie."""
    asking.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        asking.mount(scheme, _Adapter())


class _Session(requests.Session):
    """Does not even read where a redirect leads: what is no address there raises a bare ValueError."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return no address."""
        return None


class TimelyReader(io.RawIOBase):
    """Reads a socket; all reads since `begin` have the time that the socket's timeout gives to one, and a size."""

    def __init__(self, sock: socket.socket, most_bytes: int | None = None) -> None:
        self._sock, self._most_s, self._most_bytes = sock, sock.gettimeout(), most_bytes
        # Counted by the socket, which stays open until this is closed.
        self._file = sock.makefile("rb", buffering=0)
        self.begin()

    def begin(self) -> None:
        """Begin the time and the size anew."""
        self._come = 0
        self._give_up_at = None if self._most_s is None else time.monotonic() + self._most_s

    def readable(self) -> bool:
        """Say that this is read from."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come. Raises TimeoutError where the time is over, OSError where it is too much."""
        come = self._in_time(buffer)
        self._come += come or 0
        if self._most_bytes is not None and self._come > self._most_bytes:
            raise OSError(f"more than {self._most_bytes:,} bytes were said")
        return come

    def _in_time(self, buffer: Any) -> int | None:
        if self._give_up_at is None:
            return self._file.readinto(buffer)
        left_s = self._give_up_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left_s)
        try:
            return self._file.readinto(buffer)
        finally:
            self._sock.settimeout(self._most_s)

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose head comes in time, and each piece of its body."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self._reader = TimelyReader(sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        self._reader.begin()
        super().begin()

    def read1(self, n: int = -1) -> bytes:
        self._reader.begin()
        return super().read1(n)

    def read(self, amt: int | None = None) -> bytes:
        self._reader.begin()
        return super().read(amt)


class _Connection(HTTPConnection):
    """Has the time of one attempt for all addresses of a host."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        name, most_s = self._dns_host, self.timeout
        give_up_at = time.monotonic() + float(most_s or 0)
        found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        try:
            for number, (*_, address) in enumerate(found, start=1):
                self.host = str(address[0])
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    self.timeout = give_up_at - time.monotonic()
                    if number == len(found) or self.timeout <= 0:
                        raise
            raise NewConnectionError(self, f"{name} has no address")
        finally:
            self.host, self.timeout = name, most_s


class _TlsConnection(_Connection, HTTPSConnection):
    """The same with TLS, whose handshake has a time limit of its own."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Has the pools of urllib3 make these connections, to proxies too."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


_POOLS = {"http": _Pool, "https": _TlsPool}
