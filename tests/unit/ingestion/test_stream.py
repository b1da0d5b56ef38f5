"""A large answer is read as it comes: within limits of its own, and never taken for whole where it is not."""

import gzip
import json
import time
from collections.abc import Iterator

import pytest

from include.ingestion import http
from include.ingestion.errors import (
    DamagedAnswerError,
    OversizedAnswerError,
    PassingError,
    SourceRefusedError,
    SourceUnavailableError,
)
from include.ingestion.http import ApiClient, Patience
from include.ingestion.pieces import pieces
from tests.unit.ingestion.conftest import Api, Clock, reply
from tests.unit.ingestion.test_http import PASSING, CountedPace, in_chunks

ROWS = [{"number": number, "text": f"row {number}"} for number in range(5_000)]
ARRAY = json.dumps(ROWS).encode()
ONCE = Patience(attempts=1)
OF_STATUS = {name: answer for name, answer in PASSING.items() if name in ("429", "500", "503", "dropped", "no HTTP")}


def streamed(url: str, *, pace: CountedPace | None = None, patience: Patience | None = None, **limits: float) -> bytes:
    return b"".join(stream(url, pace=pace, patience=patience, **limits))


def stream(
    url: str, *, pace: CountedPace | None = None, patience: Patience | None = None, **limits: float
) -> Iterator[bytes]:
    client = ApiClient(url, pace or CountedPace(), patience or Patience(), **limits)  # type: ignore[arg-type]
    return client.stream("rows", {"of": "may"}, bucket="bulk")


@pytest.mark.parametrize(
    "answer",
    [
        reply(ARRAY),
        reply(gzip.compress(ARRAY), Content_Encoding="gzip"),
        in_chunks(ARRAY[:1_000], ARRAY[1_000:], b""),
        [reply(ARRAY)[at : at + 20_000] for at in range(0, len(ARRAY) + 100, 20_000)],
    ],
    ids=["plain", "packed", "in chunks", "bit by bit"],
)
def test_what_is_streamed_is_what_was_sent(api: Api, answer):
    api.replies = [answer]
    assert [row for piece in pieces(stream(api.url), piece_bytes=9_999) for row in json.loads(piece)] == ROWS
    assert api.asked[0].startswith("GET /api/rows?of=may HTTP/1.1\r\n")


def test_the_first_rows_come_before_the_last_are_sent(api: Api):
    def halting() -> Iterator[bytes]:
        yield reply(ARRAY)[:50_000]
        yield from [b""] * 10_000

    api.replies = [halting()]
    came = stream(api.url)
    assert ARRAY.startswith(next(came))
    came.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OF_STATUS)
def test_what_may_pass_is_asked_again_before_anything_is_yielded(api: Api, clock: Clock, name):
    api.replies, pace = [OF_STATUS[name], OF_STATUS[name], reply(ARRAY)], CountedPace()
    assert streamed(api.url, pace=pace) == ARRAY
    assert pace.buckets == ["bulk"] * 3, "each attempt takes a token"


@pytest.mark.parametrize("name", OF_STATUS)
def test_what_lasts_is_told_as_of_any_request(api: Api, clock: Clock, name):
    answer, error, cause = PASSING[name]
    api.replies = [answer]
    with pytest.raises(error, match=cause):
        streamed(api.url)
    assert len(api.asked) == 6


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "302 Found"])
def test_a_refusal_is_not_asked_again(api: Api, clock: Clock, status):
    api.replies = [reply(b"no", status)]
    with pytest.raises(SourceRefusedError, match=f"answered {status}"):
        streamed(api.url)
    assert len(api.asked) == 1


PACKED = gzip.compress(ARRAY)
CUT = {
    "length": (reply(ARRAY[:-40_000], Content_Length=str(len(ARRAY))), SourceUnavailableError),
    "chunk": (in_chunks(ARRAY[:70_000]), SourceUnavailableError),
    "gzip": (reply(PACKED[:-2_000], Content_Encoding="gzip"), DamagedAnswerError),
    "gzip by a byte": (reply(PACKED[:-1], Content_Encoding="gzip"), DamagedAnswerError),
    "packed anew": (reply(PACKED[:5_000] + b"?" * 5_000, Content_Encoding="gzip"), DamagedAnswerError),
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_connection_is_told_and_what_was_yielded_is_not_asked_for_again(api: Api, name):
    answer, error = CUT[name]
    api.replies = [answer]
    came = []
    with pytest.raises(error):
        came += stream(api.url)
    assert ARRAY.startswith(b"".join(came)[:1_000])
    assert len(api.asked) == 1


def test_a_body_without_a_length_that_ends_early_is_no_whole_array(api: Api):
    """HTTP cannot tell; the missing end of the array does."""
    whole = reply(ARRAY[:-7_000]).replace(b"Content-Length", b"X-Was")
    api.replies = [whole]
    assert streamed(api.url) == ARRAY[:-7_000]
    with pytest.raises(DamagedAnswerError, match="no whole array of rows"):
        list(pieces(stream(api.url)))


def test_a_body_may_take_longer_than_any_single_answer(api: Api):
    whole = reply(ARRAY)
    api.replies = [[whole[at : at + 5_000] for at in range(0, len(whole), 5_000)]]
    begun_s = time.monotonic()
    assert streamed(api.url, read_timeout_s=0.2, idle_timeout_s=5) == ARRAY
    assert time.monotonic() - begun_s > 0.5


@pytest.mark.parametrize("rest", [[b""] * 1_000, [b" "] * 1_000], ids=["stands still", "comes byte by byte"])
def test_a_body_that_stands_still_is_given_up(api: Api, rest):
    api.replies = [[reply(ARRAY)[:50_000], *rest]]
    begun_s = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"stood still for 0 s|Timeout|timed out"):
        streamed(api.url, patience=ONCE, idle_timeout_s=0.4)
    assert 0.3 < time.monotonic() - begun_s < 10


def test_waiting_for_ones_turn_takes_nothing_from_the_patience(api: Api, clock: Clock):
    class Crowded:
        def wait(self, bucket: str) -> None:
            clock.sleep(40)

    api.replies = [reply(b"", "503 Service Unavailable"), reply(b"", "503 Service Unavailable"), reply(ARRAY)]
    client = ApiClient(api.url, Crowded(), Patience(total_s=65))
    assert b"".join(client.stream("rows", {}, bucket="bulk")) == ARRAY


def test_a_body_above_the_size_limit_is_refused_where_it_passes_it(api: Api):
    api.replies = [reply(ARRAY)]
    came = []
    with pytest.raises(OversizedAnswerError, match=r"larger than 0.0625 MiB"):
        came += stream(api.url, most_body_bytes=1 << 16)
    assert sum(map(len, came)) <= 1 << 16


def test_a_bomb_is_never_unpacked_by_more_than_a_megabyte_at_a_time(api: Api, monkeypatch: pytest.MonkeyPatch):
    bomb = gzip.compress(b" " * (64 << 20))
    api.replies = [reply(bomb, Content_Encoding="gzip")]
    with pytest.raises(OversizedAnswerError, match="unpacks to more than 100 times its size"):
        streamed(api.url)
    monkeypatch.setattr(http, "MAX_DECOMPRESSION_RATIO", 10_000)
    assert max(map(len, stream(api.url))) <= http.MIB


@pytest.mark.parametrize("keep", range(0, 100, 9))
def test_no_cut_of_an_array_passes_for_a_whole_one(api: Api, keep):
    """Packed or not, with a length, in chunks or to the end of the connection."""
    part = ARRAY[: len(ARRAY) * keep // 100]
    half = PACKED[: len(PACKED) * keep // 100]
    for answer in (
        reply(part, Content_Length=str(len(ARRAY))),
        reply(part).replace(b"Content-Length", b"X-Was"),
        in_chunks(part, b""),
        reply(half, Content_Encoding="gzip"),
        reply(half, Content_Encoding="gzip").replace(b"Content-Length", b"X-Was"),
    ):
        api.replies = [answer]
        with pytest.raises(PassingError):
            list(pieces(stream(api.url, patience=ONCE)))
