"""The endpoint `/metrics`. Where a token is set nobody reads it without; where none is, it stays on the loopback.

There it answers to the loopback's names only: a browser would read it for a page whose own name is led here.
"""

import hmac
import io
import ipaddress
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import Collector

from include.outbound import TimelyReader

PATH = "/metrics"
# A head that is longer asks for nothing that is here.
MOST_HEAD_BYTES = 1 << 16
# Each is a thread, and once it is let in a session with the warehouse.
MOST_CLIENTS = 64


class ExposedError(Exception):
    """The endpoint would be open to others; a token would close it."""


class LimitedServer(ThreadingWSGIServer):
    """Serves so many at once; who comes beyond them is hung up on, and may come again."""

    request_queue_size = MOST_CLIENTS

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(MOST_CLIENTS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a client's thread, where one is free."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a client, and leave its place to the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up, or were hung up on."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class QuietHandler(WSGIRequestHandler):
    """Answers without a line in the log for each scrape, and lets go of a client that does not ask in time."""

    timeout = 10

    def setup(self) -> None:
        """Limit the time and the size of all that is asked, not of each byte."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(TimelyReader(self.connection, MOST_HEAD_BYTES))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has in the library
        """Say nothing."""


def server(collector: Collector, *, host: str, port: int, token: str | None) -> WSGIServer:
    """Return a server that listens and is not serving yet. Raises ExposedError where anyone could read it."""
    if token is None and not _is_loopback(host):
        raise ExposedError(f"{host} can be reached by others; set GRIDLOOM_METRICS_TOKEN, which they then must bear")
    registry = CollectorRegistry()
    registry.register(collector)
    listening = LimitedServer((host, port), QuietHandler)
    listening.set_app(application(make_wsgi_app(registry), token))
    return listening


def application(metrics: WSGIApplication, token: str | None) -> WSGIApplication:
    """Return an application that hands out metrics at `/metrics` to those who bear the token."""

    def answer(environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environment.get("PATH_INFO") != PATH:
            return _refuse(start_response, "404 Not Found")
        if environment.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _refuse(start_response, "405 Method Not Allowed")
        if token is not None and not _bears(environment, token):
            return _refuse(start_response, "401 Unauthorized", ("WWW-Authenticate", "Bearer"))
        if token is None and not _is_loopback(_host(environment)):
            return _refuse(start_response, "421 Misdirected Request")
        return metrics(environment, start_response)

    return answer


def _bears(environment: WSGIEnvironment, token: str) -> bool:
    given = str(environment.get("HTTP_AUTHORIZATION", ""))
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _host(environment: WSGIEnvironment) -> str:
    """Return the name the client has for us, without a port."""
    try:
        return urlsplit(f"//{environment.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return ""


def _refuse(start_response: Callable[..., Any], status: str, *headers: tuple[str, str]) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers])
    return [f"{status}\n".encode()]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
