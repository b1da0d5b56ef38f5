"""The publisher over HTTP: CKAN's paths, and one of our own to steer it.

`GET /_simulator/state` tells the state, `POST` with a JSON object changes parts of it; `GET /_simulator/requests`
lists what was asked, `DELETE` forgets it.
"""

import gzip
import json
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from include.simulator.actions import DOWNLOAD_PATH, kind_of, perform
from include.simulator.download import csv_chunks
from include.simulator.faults import Fault
from include.simulator.publisher import Publisher, StateError
from include.simulator.reply import Delivery, Reply

ACTION_PATHS = ("/api/3/action/", "/api/action/")
FILE_PATH = "/presigned/df_fuel_ckan.csv"
STATE_PATH, REQUESTS_PATH = "/_simulator/state", "/_simulator/requests"

SMALLEST_BODY_TO_PACK = 1_400
LARGEST_REQUEST_BODY = 1 << 20
REQUESTS_REMEMBERED = 10_000
TRICKLE_PIECES = 200


class SimulatorServer(ThreadingHTTPServer):
    """Serves one publisher, each request in a thread of its own."""

    daemon_threads = False  # closing waits for the threads, once their connections are ended
    request_queue_size = 128

    def __init__(self, publisher: Publisher, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.publisher = publisher
        self.requests: deque[dict[str, object]] = deque(maxlen=REQUESTS_REMEMBERED)
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The base address that clients put before the name of an action."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/api/3/action"

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
        self._dispatch(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    do_HEAD = do_GET  # noqa: N815 - the names that http.server calls
    do_DELETE = do_GET  # noqa: N815

    def do_POST(self) -> None:
        told = self.headers.get("Content-Length", "0")
        length = int(told) if told.isdecimal() else LARGEST_REQUEST_BODY + 1
        if length > LARGEST_REQUEST_BODY:
            self.close_connection = True
            self._send(Reply(413, b""))
            return
        body = self.rfile.read(length)
        try:
            parameters = json.loads(body or b"{}")
        except ValueError:
            parameters = None
        if isinstance(parameters, dict):
            self._dispatch(parameters)
        else:
            self._send(Reply(400, json.dumps("Bad request - JSON Error: Error decoding JSON data").encode()))

    def _dispatch(self, parameters: dict[str, Any]) -> None:
        path = urlsplit(self.path).path
        if path == STATE_PATH:
            self._send(self._state(parameters))
        elif path == REQUESTS_PATH:
            self._send(self._requests())
        elif path in (DOWNLOAD_PATH, FILE_PATH):
            self._download(path)
        elif action := next((path.removeprefix(each) for each in ACTION_PATHS if path.startswith(each)), None):
            self._act(action, parameters)
        else:
            self._send(Reply(404, b"<html><body>404 Not Found</body></html>", {"Content-Type": "text/html"}))

    def _act(self, action: str, parameters: dict[str, Any]) -> None:
        publisher = self.server.publisher
        kind = kind_of(action)
        faults = publisher.strike(kind)
        reply = perform(action, parameters, publisher, faults, self._own_url())
        if kind == "datastore" and any(fault.name == "moving" for fault in faults):
            publisher.move()
        reply = self._spoilt(reply, faults)
        self._remember(action, parameters, reply, faults)
        self._send(reply)

    def _spoilt(self, reply: Reply, faults: list[Fault]) -> Reply:
        for fault in faults:
            if fault.on_reply:
                reply = fault.on_reply(reply, self.server.publisher.circumstances())
        return self._packed(reply)

    def _packed(self, reply: Reply) -> Reply:
        """Return the reply gzipped, where that is worth it and the client takes it."""
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not accepted or len(reply.body) < SMALLEST_BODY_TO_PACK or "Content-Encoding" in reply.headers:
            return reply
        headers = reply.headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return replace(reply, body=gzip.compress(reply.body, compresslevel=1, mtime=0), headers=headers)

    def _send(self, reply: Reply) -> None:
        if reply.delivery is Delivery.DROPPED:
            self._reset()
            return
        pieces, cut_off = [reply.body], reply.delivery is Delivery.CUT_OFF
        if cut_off:
            pieces, self.close_connection = [reply.body[: len(reply.body) // 2]], True
        if reply.delivery is Delivery.TRICKLE:
            size = max(1, len(reply.body) // TRICKLE_PIECES)
            pieces = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
        elif reply.wait_s:
            self.server.stopping.wait(reply.wait_s)
        self._send_head(reply, length=len(reply.body))
        self._send_pieces(pieces, pause_s=reply.wait_s / len(pieces) if reply.delivery is Delivery.TRICKLE else 0)

    def _send_head(self, reply: Reply, *, length: int | None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_pieces(self, pieces: Iterable[bytes], *, pause_s: float = 0) -> None:
        for piece in pieces if self.command != "HEAD" else ():
            self.wfile.write(piece)
            if pause_s and self.server.stopping.wait(pause_s):
                return

    def _reset(self) -> None:
        """End the connection with a reset (linger of no time), not in good order."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _download(self, path: str) -> None:
        """Send to the file, as the portal does, or send the file itself, piece by piece."""
        publisher = self.server.publisher
        if path == DOWNLOAD_PATH:
            faults = publisher.strike("download")
            moved = Reply(302, b"", {"Location": f"{self._own_url()}{FILE_PATH}?X-Amz-Expires=3600"})
            reply = self._spoilt(moved, faults)
            self._remember("download", {}, reply, faults)
            self._send(reply)
            return
        self.close_connection = True
        headers = {"Content-Type": "application/octet-stream", "Connection": "close"}
        self._send_head(Reply(200, b"", headers), length=None)
        self._send_pieces(csv_chunks(publisher.edition().table))

    def _state(self, wanted: dict[str, Any]) -> Reply:
        publisher = self.server.publisher
        try:
            if self.command == "POST":
                publisher.change(wanted)
            edition = publisher.edition()
        except StateError as error:
            return Reply(400, json.dumps({"error": str(error)}).encode())
        told: dict[str, object] = {"state": asdict(publisher.state), "clock": publisher.clock()}
        told |= {"last_modified": publisher.last_modified(), "rows": len(edition.table)}
        told["newest_half_hour"] = str(edition.table.started_at.max()) + "Z"
        told |= {"faults_played": publisher.faults_played(), "captures": publisher.captures()}
        return Reply(200, json.dumps(told, default=_as_json).encode())

    def _requests(self) -> Reply:
        told = list(self.server.requests)
        if self.command == "DELETE":
            self.server.requests.clear()
        return Reply(200, json.dumps(told, default=_as_json).encode())

    def _remember(self, action: str, parameters: dict[str, Any], reply: Reply, faults: list[Fault]) -> None:
        played = [fault.name for fault in faults]
        asked = {"action": action, "parameters": parameters, "status": reply.status, "bytes": len(reply.body)}
        self.server.requests.append(asked | {"faults": played, "user_agent": self.headers.get("User-Agent")})

    def _own_url(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{self.headers.get('Host') or f'{host!s}:{port}'}"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in http.server
        """Say nothing: `/_simulator/requests` remembers."""


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
