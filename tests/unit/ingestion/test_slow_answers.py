"""Whatever a publisher is slow with, it is given up in time: a real server dribbles byte after byte, for ever."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, repeat
from typing import Any

import pytest

from include.ingestion import http
from include.ingestion.errors import SourceUnavailableError
from include.ingestion.http import ApiClient, Patience
from tests.unit.ingestion.conftest import Api, reply
from tests.unit.ingestion.test_http import CountedPace

LIMIT_S = 0.3
# The head in time, and the body once more; the rest is for a busy machine.
MOST_S = 2 * LIMIT_S + 2
IN_CHUNKS = reply(b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "status line": lambda: chain([b"HTTP/1.1 200 "], repeat(b"O")),
    "header": lambda: chain([b"HTTP/1.1 200 OK\r\nX-Slow: "], repeat(b"x")),
    "100 Continue": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "header of a refusal": lambda: chain([b"HTTP/1.1 503 Busy\r\nX-Slow: "], repeat(b"x")),
    "body of a refusal": lambda: chain([reply(b"", "503 Busy", {"Content-Length": "1000000"})], repeat(b"x")),
    "body of a redirect": lambda: chain([reply(b"", "302 Found", {"Content-Length": "1000000"})], repeat(b"x")),
    "size of a chunk": lambda: chain([IN_CHUNKS], repeat(b"0")),
    "extension of a chunk": lambda: chain([IN_CHUNKS, b"2;"], repeat(b"x")),
    "trailer": lambda: chain([IN_CHUNKS, b"2\r\n{}\r\n0\r\n"], repeat(b"T: x\r\n")),
}


@pytest.fixture
def ask(api: Api) -> Callable[[str], Any]:
    client = ApiClient(api.url, CountedPace(), Patience(attempts=1), read_timeout_s=LIMIT_S, idle_timeout_s=LIMIT_S)

    def ask(how: str) -> Any:
        if how == "stream":
            return b"".join(client.stream("rows", {}, bucket="bulk"))
        return client.get("rows", {}, bucket="bulk", read=bytes)

    return ask


@pytest.mark.parametrize("how", ["get", "stream"])
@pytest.mark.parametrize("what", ENDLESS)
def test_what_dribbles_is_given_up_in_time(api: Api, ask: Callable[[str], Any], what: str, how: str) -> None:
    api.replies = [ENDLESS[what]()]
    begun = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"timed out|too slowly"):
        ask(how)
    assert time.monotonic() - begun < MOST_S


def test_a_handshake_that_dribbles_is_given_up_in_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", LIMIT_S)
    api.replies = [chain([b"\x16\x03\x03\x3f\xff"], repeat(b"\0"))]
    client = ApiClient(api.url.replace("http:", "https:"), CountedPace(), Patience(attempts=1))
    begun = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="timed out"):
        client.get("rows", {}, bucket="bulk", read=bytes)
    assert time.monotonic() - begun < MOST_S


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes no connection and refuses none: as many wait there as may."""
    with ExitStack() as held:
        listening = held.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.fixture
def name_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives a name these addresses."""

    def give(name: str, port: int, *hosts: str) -> None:
        looked_up = socket.getaddrinfo
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]
        monkeypatch.setattr(socket, "getaddrinfo", lambda at, *a, **k: found if at == name else looked_up(at, *a, **k))

    return give


def test_a_host_of_many_addresses_has_the_time_of_one(
    silent_port: int, name_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", LIMIT_S)
    name_of("many.test", silent_port, *["127.0.0.1"] * 20)
    client = ApiClient(f"http://many.test:{silent_port}", CountedPace(), Patience(attempts=1))
    begun = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="timed out"):
        client.get("rows", {}, bucket="bulk", read=bytes)
    assert time.monotonic() - begun < MOST_S


def test_the_next_address_is_tried_where_one_refuses(api: Api, name_of: Callable[..., None]) -> None:
    api.replies = [reply(b"{}")]
    port = int(api.url.rsplit(":", maxsplit=1)[1].removesuffix("/api"))
    name_of("two.test", port, "127.0.0.2", "127.0.0.1")
    client = ApiClient(f"http://two.test:{port}", CountedPace(), Patience(attempts=1))
    assert client.get("rows", {}, bucket="bulk", read=bytes) == b"{}"
    assert f"Host: two.test:{port}" in api.asked[0]
