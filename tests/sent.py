"""Deliveries to an inbound webhook, sound and hostile, byte by byte as they go over the wire."""

import base64
import secrets
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse

from include.signed_webhook import signature

TIMEOUT_S = 30
PATH = "/hooks/forecasts"
BODY = b'{"type": "forecast.published", "data": {"said": "canary-of-body"}}'


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    text: str


def new_secret() -> tuple[str, bytes]:
    """Return a secret as it is set, and the key in it."""
    key = secrets.token_bytes(32)
    return "whsec_" + base64.b64encode(key).decode(), key


@dataclass(frozen=True)
class Sent:
    """One delivery as its sender has it; what is given by hand stands in the place of what would be sound."""

    key: bytes = field(repr=False)
    body: bytes = BODY
    message_id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(8)}")
    timestamp: str = field(default_factory=lambda: str(int(time.time())))
    signatures: str | None = None
    method: str = "POST"
    path: str = PATH
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Instead of the sound ones; None leaves one out."""
    more_headers: tuple[tuple[str, str], ...] = ()
    pieces: Iterable[bytes] | None = None
    """What goes over the wire in place of the body."""

    @property
    def signed(self) -> str:
        """The signature of what it is."""
        return signature(self.key, self.message_id, self.timestamp, self.body)

    def but(self, **changes: object) -> "Sent":
        """Return it with something else, and the signature it had."""
        return replace(self, **{"signatures": self.signed, **changes})

    @property
    def head(self) -> bytes:
        """Its first line and headers."""
        sound = {
            "host": "127.0.0.1",
            "content-type": "application/json",
            "content-length": str(len(self.body)),
            "webhook-id": self.message_id,
            "webhook-timestamp": self.timestamp,
            "webhook-signature": self.signed if self.signatures is None else self.signatures,
        }
        given = {name: value for name, value in {**sound, **self.headers}.items() if value is not None}
        lines = [f"{name}: {value}" for name, value in (*given.items(), *self.more_headers)]
        return "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *lines, "", ""]).encode("latin-1")

    def to(self, port: int) -> Answer:
        """Send it, and return what is answered, however much of it was taken by then."""
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as server:
            server.sendall(self.head)
            # Who refuses a body need not read it.
            with suppress(ConnectionError):
                for piece in [self.body] if self.pieces is None else self.pieces:
                    server.sendall(piece)
            answer = HTTPResponse(server, method=self.method)
            answer.begin()
            return Answer(answer.status, answer.read().decode())


def chunked(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Return pieces as a body of unknown length has them."""
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"
