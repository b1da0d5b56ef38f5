"""All publishers over HTTP, in one process, each at its own path; and `/_simulator/`, to steer them."""

import ipaddress
import json
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.simulator.delivery import deliver, packed
from include.simulator.faults import Fault
from include.simulator.publishers import SomePublisher
from include.simulator.reply import Reply, Request
from include.simulator.steering import STEERING_PATH, Helm

LARGEST_REQUEST_BODY = 1 << 20
REFUSED_TO_PAGES = b'{"error": "no page in a browser steers the simulator"}'
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared, not bound


class SimulatorServer(ThreadingHTTPServer):
    """Serves the publishers by name, each request in a thread of its own."""

    daemon_threads = False  # closing waits for the threads, once their connections are ended
    request_queue_size = 128

    def __init__(self, publishers: Mapping[str, SomePublisher], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.publishers = publishers
        self.helm = Helm(publishers)
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The server's root, as clients on this machine reach it."""
        host, port = self.server_address[:2]
        return f"http://{'127.0.0.1' if host == EVERY_ADDRESS else host!s}:{port}"

    def url_of(self, publisher: str) -> str:
        """Return the base address that clients of a publisher put before what they ask for."""
        return self.url + self.publishers[publisher].paths[0]

    def asked_at(self, path: str) -> str | None:
        """Return the name of the publisher that is mounted at a path."""
        for name, publisher in self.publishers.items():
            if any(path == mount or path.startswith(mount + "/") for mount in publisher.paths):
                return name
        return None

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """End every connection and wait until nobody is served."""
        self.stopping.set()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up; they are meant to, when the answer is a fault."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "GridloomSimulator"
    disable_nagle_algorithm = True
    timeout = 120

    def do_GET(self) -> None:
        """Ask a publisher, or how one stands."""
        path, _, query = self.path.partition("?")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        request = Request(unquote(path), dict(pairs), self._server_url(), pairs)
        name = self.server.asked_at(request.path)
        if _is_steering(request.path) and self._is_from_a_page():
            self._send(Reply(403, REFUSED_TO_PAGES))
        elif _is_steering(request.path):
            self._send(self.server.helm.steer(self.command, request))
        elif name is None:
            self._send(Reply(404, b"<html><body>404 Not Found</body></html>", {"Content-Type": "text/html"}))
        else:
            self._ask(name, request)

    do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

    def do_POST(self) -> None:
        """Take a new state; publishers are only asked with GET."""
        told = self.headers.get("Content-Length", "0")
        length = int(told) if told.isdecimal() else LARGEST_REQUEST_BODY + 1
        if length > LARGEST_REQUEST_BODY:
            self.close_connection = True
            self._send(Reply(413, b""))
            return
        wanted = _json_object(self.rfile.read(length))
        path = self.path.partition("?")[0]
        if self._is_from_a_page():
            self._send(Reply(403, REFUSED_TO_PAGES))
        elif wanted is None or not _is_steering(path):
            refusal = {"error": f"POST a JSON object to {STEERING_PATH}/<publisher>/state"}
            self._send(Reply(400, json.dumps(refusal).encode()))
        else:
            self._send(self.server.helm.steer("POST", Request(path, wanted, self._server_url())))

    def _ask(self, name: str, request: Request) -> None:
        publisher = self.server.publishers[name]
        action = publisher.action_of(request)
        kind = publisher.kind_of(action)
        faults = publisher.strike(kind)
        reply = publisher.reply(request, faults)
        for fault in faults:
            reply = fault.on_reply(reply, publisher.circumstances()) if fault.on_reply else reply
        reply = packed(reply, self.headers.get("Accept-Encoding", ""))
        if kind is not None:
            self.server.helm.remember(name, self._asked(action, request, reply, faults))
        self._send(reply)

    def _asked(self, action: str, request: Request, reply: Reply, faults: list[Fault]) -> dict[str, object]:
        asked = {"action": action, "path": request.path, "parameters": request.parameters, "status": reply.status}
        played = [fault.name for fault in faults]
        return asked | {"bytes": len(reply.body), "faults": played, "user_agent": self.headers.get("User-Agent")}

    def _is_from_a_page(self) -> bool:
        """Tell whether a page in somebody's browser asks, or could: steering names files that are then read.

        Browsers tell of the page they ask for; of one whose own name was led here they tell that name instead.
        """
        try:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            return True
        return "Origin" in self.headers or ("." in name and not _is_address(name))

    def _send(self, reply: Reply) -> None:
        deliver(reply, self, self.server.stopping)

    def _server_url(self) -> str:
        return f"http://{self.headers['Host']}" if self.headers.get("Host") else self.server.url

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in http.server
        """Say nothing: `/_simulator/<publisher>/requests` remembers."""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_steering(path: str) -> bool:
    return path == STEERING_PATH or path.startswith(f"{STEERING_PATH}/")


def _json_object(body: bytes) -> dict[str, Any] | None:
    """Return what was posted, or None where it is no JSON object."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
