"""What goes wrong with a reply on its way, at any publisher.

A publisher has faults of its own beside these, of what it says. A fault is played for the first requests that meet
it, then it heals; or for ever.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from include.simulator.reply import Delivery, Reply

BOMB_CHUNK_BYTES = 1 << 24
BOMB_CHUNKS = 64

# A body of unknown length is cut in the middle, or here where it is longer than twice that.
CUT_AFTER_BYTES = 1 << 21


@dataclass(frozen=True)
class Circumstances:
    """How the faults are to be played, and how the publisher words an error of a status."""

    error: Callable[[int, str], Reply]
    strikes_at: np.datetime64 | None = None  # the half-hour that row faults strike
    slow_s: float = 30.0
    retry_after: str = "1"


SpoilReply = Callable[[Reply, Circumstances], Reply]


@dataclass(frozen=True)
class Fault:
    """One fault, by name, and what it does to a reply where it does anything to it."""

    name: str
    tells: str
    on_reply: SpoilReply | None = None


def _too_many_requests(_: Reply, circumstances: Circumstances) -> Reply:
    reply = circumstances.error(429, "Rate limit exceeded")
    return replace(reply, headers=reply.headers | {"Retry-After": circumstances.retry_after})


def _server_error(_: Reply, circumstances: Circumstances) -> Reply:
    return circumstances.error(500, "Internal server error")


HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n"
)


def _html(_: Reply, __: Circumstances) -> Reply:
    return Reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})


def _empty(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, body=b"", pieces=None)


def _cut_off(reply: Reply, _: Circumstances) -> Reply:
    cut = None if reply.pieces is None else _first_half(reply.pieces)
    return replace(reply, pieces=cut, delivery=Delivery.CUT_OFF)


def _cut_off_honest(reply: Reply, _: Circumstances) -> Reply:
    cut = None if reply.pieces is None else _first_half(reply.pieces)
    return replace(reply, body=reply.body[: len(reply.body) // 2], pieces=cut)


def _first_half(pieces: Iterable[bytes]) -> Iterator[bytes]:
    begun = b""
    for piece in pieces:
        begun += piece
        if len(begun) >= 2 * CUT_AFTER_BYTES:
            break
    yield begun[: min(len(begun) // 2, CUT_AFTER_BYTES)]


def _slow(reply: Reply, circumstances: Circumstances) -> Reply:
    return replace(reply, wait_s=circumstances.slow_s)


def _trickle(reply: Reply, circumstances: Circumstances) -> Reply:
    return replace(reply, wait_s=circumstances.slow_s, delivery=Delivery.TRICKLE)


def _dropped(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, delivery=Delivery.DROPPED)


def _redirect(_: Reply, __: Circumstances) -> Reply:
    return Reply(302, b"", {"Location": "/elsewhere", "Content-Type": "text/html; charset=utf-8"})


def _gzip_bomb(_: Reply, __: Circumstances) -> Reply:
    headers = {"Content-Type": "application/json;charset=utf-8", "Content-Encoding": "gzip"}
    return Reply(200, _bomb(), headers)


@cache
def _bomb() -> bytes:
    """Return about 1 MB of gzip that unpacks to 1 GiB of blanks, as one member."""
    chunk = b" " * BOMB_CHUNK_BYTES
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(BOMB_CHUNKS):
        checksum = zlib.crc32(chunk, checksum)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    length = BOMB_CHUNKS * BOMB_CHUNK_BYTES
    trailer = checksum.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    return gzip.compress(b"")[:10] + packed * BOMB_CHUNKS + end + trailer


ON_THE_WAY = (
    Fault("429", "too many requests, with Retry-After", _too_many_requests),
    Fault("500", "internal server error", _server_error),
    Fault("html", "a maintenance page under status 200", _html),
    Fault("empty", "an empty body under status 200", _empty),
    Fault(
        "cut-off",
        "half the body, then the connection ends before Content-Length (or the last chunk) is reached",
        _cut_off,
    ),
    Fault("cut-off-honest", "half the JSON, with a Content-Length (or a last chunk) that agrees", _cut_off_honest),
    Fault("slow", "silence for slow_seconds before the answer", _slow),
    Fault("trickle", "the body a few bytes at a time, over slow_seconds", _trickle),
    Fault("dropped", "the connection is reset without an answer", _dropped),
    Fault("redirect", "302 to another address", _redirect),
    Fault("gzip-bomb", "1 MB of gzip that unpacks to 1 GiB", _gzip_bomb),
)
