"""A real S3 server (moto's), and a proxy before it that plays what goes wrong between a store and its readers."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3
import requests
from moto.server import ThreadedMotoServer

BUCKET = "readings"
PIECE_BYTES = 16
LOGIN = {"key": "tests", "secret": "tests"}


@dataclass
class Faults:
    """What the proxy does to requests; each counts down."""

    unavailable: Counter[str] = field(default_factory=Counter)
    """How often an object is answered with 503; of `list` the listing is."""
    page_size: int | None = None
    is_out_of_order: bool = False
    """Whether pages are in no order, and tell an object twice."""
    stands_still: set[str] = field(default_factory=set)
    """Objects whose answer begins, and never goes on."""
    late_s: dict[str, float] = field(default_factory=dict)
    """How long an object keeps everybody waiting before its answer begins."""
    dribbles_s: dict[str, float] = field(default_factory=dict)
    """How long an object waits between two pieces of its answer."""


@dataclass(frozen=True)
class Store:
    """A bucket, by way of the proxy."""

    url: str
    direct: Any
    """A client that sees no faults."""
    faults: Faults
    asked: list[str]
    """What was asked for, in order."""
    read_timeout_s: float = 20

    @property
    def options(self) -> dict[str, Any]:
        """Options of fsspec's. A test does not wait as long as a run does."""
        patience = {"retries": {"total_max_attempts": 1}, "read_timeout": self.read_timeout_s}
        return {**LOGIN, **self.where, "config_kwargs": patience}

    @property
    def where(self) -> dict[str, Any]:
        """Those of them that say where it is."""
        return {"client_kwargs": {"endpoint_url": self.url, "region_name": "us-east-1"}}

    def put(self, name: str, held: bytes) -> None:
        """Put an object."""
        self.direct.put_object(Bucket=BUCKET, Key=name, Body=held)

    def delete(self, name: str) -> None:
        """Take an object away."""
        self.direct.delete_object(Bucket=BUCKET, Key=name)


@contextmanager
def running_store() -> Iterator[Store]:
    """Start both, with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    # What moto holds is of the process, and outlives its servers.
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=20).raise_for_status()
    login = {"aws_access_key_id": LOGIN["key"], "aws_secret_access_key": LOGIN["secret"], "region_name": "us-east-1"}
    direct = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **login)
    direct.create_bucket(Bucket=BUCKET)
    faults, asked = Faults(), list[str]()
    handler = type("Proxy", (_Proxy,), {"behind": f"http://{host}:{port}", "faults": faults, "asked": asked})
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield Store(f"http://127.0.0.1:{proxy.server_port}", direct, faults, asked)
    finally:
        proxy.shutdown()
        proxy.server_close()
        server.stop()


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind: ClassVar[str]
    faults: ClassVar[Faults]
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        """Ask the store, and answer as the faults say."""
        name = "list" if "list-type" in self.path else self.path.partition("?")[0].rpartition("/")[2]
        self.asked.append(name)
        if self.faults.unavailable[name] > 0:
            self.faults.unavailable[name] -= 1
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>", {})
            return
        threading.Event().wait(self.faults.late_s.get(name, 0))
        answer = requests.get(f"{self.behind}{self._asked_for()}", headers=dict(self.headers), timeout=20)
        body = self._shuffled(answer.content) if name == "list" and self.faults.is_out_of_order else answer.content
        dribbles_s = self.faults.dribbles_s.get(name)
        self._answer(answer.status_code, body, answer.headers, name in self.faults.stands_still, dribbles_s)

    do_HEAD = do_GET  # noqa: N815 - as the base class names it

    def _asked_for(self) -> str:
        if self.faults.page_size is None or "list-type" not in self.path:
            return self.path
        without = re.sub(r"&?max-keys=\d+", "", self.path)
        return f"{without}&max-keys={self.faults.page_size}"

    @staticmethod
    def _shuffled(page: bytes) -> bytes:
        """Return a page of a listing turned round, its first object told once more."""
        contents = re.findall(rb"<Contents>.*?</Contents>", page, re.DOTALL)
        if not contents:
            return page
        before, _, after = page.partition(contents[0])
        rest = after.rpartition(contents[-1])[2] if len(contents) > 1 else after
        return before + b"".join([*reversed(contents), contents[0]]) + rest

    def _answer(
        self, status: int, body: bytes, headers: Any, is_cut: bool = False, dribbles_s: float | None = None
    ) -> None:
        self.send_response(status)
        kept = ("Content-Type", "ETag", "Last-Modified", "Content-Range", "Accept-Ranges")
        for name in kept:
            if name in headers:
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body) + (100 if is_cut else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, dribbles_s)
        if is_cut:
            self.close_connection = True

    def _write(self, body: bytes, dribbles_s: float | None) -> None:
        size = PIECE_BYTES if dribbles_s else max(len(body), 1)
        # Who asked may have gone.
        with suppress(OSError):
            for at in range(0, len(body), size):
                self.wfile.write(body[at : at + size])
                self.wfile.flush()
                threading.Event().wait(dribbles_s or 0)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
