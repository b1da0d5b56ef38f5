"""An API whose every byte the test decides, and a clock on which nobody has to wait."""

import socketserver
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

HEAD_ENDS = b"\r\n\r\n"
TLS_HELLO = b"\x16"


def reply(
    body: bytes = b'{"sound": true}', status: str = "200 OK", headers: Mapping[str, str] | None = None, **other: str
) -> bytes:
    """Return what goes over the wire; `other` are headers with _ for -. Content-Length is right unless it is given."""
    told = {"Content-Length": str(len(body)), **(headers or {}), **{k.replace("_", "-"): v for k, v in other.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items()), "Connection: close"]
    return "\r\n".join(lines).encode() + HEAD_ENDS + body


@dataclass
class Api:
    """Sends the replies in turn, the last one for ever; a reply may be cut into pieces, with a pause between them."""

    url: str = ""
    replies: list[bytes | Iterable[bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pause_s: float = 0.02
    is_over: threading.Event = field(default_factory=threading.Event)

    def next_reply(self, head: str) -> bytes | Iterable[bytes]:
        self.asked.append(head)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while HEAD_ENDS not in head and not head.startswith(TLS_HELLO):
                head += self.request.recv(4096)
            answer = api.next_reply(head.decode("latin-1"))
            for piece in [answer] if isinstance(answer, bytes) else answer:
                self.wfile.write(piece)
                if not isinstance(answer, bytes) and api.is_over.wait(api.pause_s):
                    return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients hang up; they are meant to."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_address[1]}/api"
        yield api
        api.is_over.set()
        server.shutdown()
        thread.join()


@dataclass
class Clock:
    """Stands still but for those who sleep."""

    now_s: float = 0.0
    slept_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.slept_s.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the client and of its retries."""
    clock = Clock()
    monkeypatch.setattr("include.ingestion.http.time", clock)
    monkeypatch.setattr("tenacity.time", clock)
    return clock
