"""A publisher's API is asked patiently, never in vain, and never trusted with our memory or our secrets."""

import gzip
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import chain, repeat
from typing import Any

import pytest
import responses

from include.ingestion import http
from include.ingestion.errors import (
    DamagedAnswerError,
    OversizedAnswerError,
    SourceRefusedError,
    SourceUnavailableError,
)
from include.ingestion.http import ApiClient, Patience
from tests.unit.ingestion.conftest import HEAD_ENDS, Api, Clock, reply

SOUND = {"sound": True}
CHANCE = random.Random(7)
LARGE = json.dumps({"text": "".join(CHANCE.choices("abcdefghij", k=200_000))}).encode()
# Dates whose numbers no machine has.
BEYOND_NUMBERS = [f"Mon, {'9' * 20} Jan {'9' * 20} 00:00:00 GMT", f"Mon, 01 Jan 2030 00:00:00 +{'9' * 23}"]
PATIENCE, ONCE = Patience(), Patience(attempts=1)


@dataclass
class CountedPace:
    """Lets everybody pass, and keeps which bucket was asked."""

    buckets: list[str] = field(default_factory=list)

    def wait(self, bucket: str) -> None:
        self.buckets.append(bucket)


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise DamagedAnswerError(f"no JSON: {error}") from error


def ask(
    url: str, *, pace: CountedPace | None = None, patience: Patience = PATIENCE, timeout_s: float = 5, **limits: int
) -> Any:
    client = ApiClient(url, pace or CountedPace(), patience, timeout_s, **limits)
    return client.get("rows", {"of": "may"}, bucket="datastore", read=read_json)


def packed(body: bytes, *, keep: float = 1.0) -> bytes:
    whole = gzip.compress(body)
    return reply(whole[: int(len(whole) * keep)], Content_Encoding="gzip")


def in_chunks(*chunks: bytes) -> bytes:
    head = reply(b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


PASSING = {
    "429": (reply(b"slow down", "429 Too Many Requests"), SourceUnavailableError, "429 Too Many Requests: slow down"),
    "500": (reply(b"oops", "500 Internal Server Error"), SourceUnavailableError, "answered 500 .*: oops"),
    "502": (reply(b"<html>", "502 Bad Gateway"), SourceUnavailableError, "answered 502"),
    "503": (reply(b"", "503 Service Unavailable"), SourceUnavailableError, "answered 503 Service Unavailable$"),
    "504": (reply(b"", "504 Gateway Timeout"), SourceUnavailableError, "answered 504"),
    "dropped": (b"", SourceUnavailableError, "RemoteDisconnected: Remote end closed connection"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", SourceUnavailableError, "BadStatusLine"),
    "cut-off length": (reply(b'{"so', Content_Length="20"), SourceUnavailableError, "IncompleteRead"),
    "cut-off chunk": (in_chunks(b'{"so'), SourceUnavailableError, "IncompleteRead"),
    "cut-off gzip": (packed(LARGE, keep=0.5), DamagedAnswerError, "cut off within its compressed body"),
    "cut-off gzip by a byte": (packed(LARGE, keep=0.99999), DamagedAnswerError, "cut off within"),
    "no gzip": (reply(b'{"sound": true}', Content_Encoding="gzip"), DamagedAnswerError, "body is damaged"),
    "unasked packing": (reply(b"...", Content_Encoding="br"), DamagedAnswerError, "packed as 'br'"),
    "HTML": (reply(b"<html>Maintenance</html>"), DamagedAnswerError, "no JSON"),
    "emptiness": (reply(b""), DamagedAnswerError, "no JSON"),
    "packed emptiness": (reply(b"", Content_Encoding="gzip"), DamagedAnswerError, "cut off"),
    "half a JSON": (reply(b'{"sound": tr'), DamagedAnswerError, "no JSON"),
}


@pytest.mark.parametrize("answer", [reply(), packed(b'{"sound": true}'), in_chunks(b'{"sound"', b": true}", b"")])
def test_an_answer_may_be_plain_packed_or_in_chunks(api: Api, answer):
    api.replies = [answer]
    assert ask(api.url) == SOUND
    assert api.asked[0].startswith("GET /api/rows?of=may HTTP/1.1\r\n")


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_asked_again(api: Api, clock: Clock, name):
    answer, _, _ = PASSING[name]
    api.replies, pace = [answer, answer, reply()], CountedPace()
    assert ask(api.url, pace=pace) == SOUND
    assert len(api.asked) == 3
    assert pace.buckets == ["datastore"] * 3, "each attempt takes a token"


@pytest.mark.parametrize("name", PASSING)
def test_what_lasts_is_named_in_one_line(api: Api, clock: Clock, name):
    answer, error, cause = PASSING[name]
    api.replies = [answer]
    with pytest.raises(error, match=cause) as failure:
        ask(api.url)
    assert len(api.asked) == 6
    assert_one_line(failure)


def assert_one_line(failure: Any) -> None:
    message = str(failure.value)
    assert message.isprintable()
    assert " at 0x" not in message
    assert "object at" not in message


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_a_refusal_is_not_asked_again(api: Api, clock: Clock, status):
    api.replies = [reply(b'{"error":\n  "no"}', status)]
    with pytest.raises(SourceRefusedError, match=rf'^/api/rows answered {status}: {{"error": "no"}}$'):
        ask(api.url)
    assert len(api.asked) == 1
    assert clock.slept_s == []


def test_a_conflict_is_a_refusal_too(api: Api, clock: Clock):
    api.replies = [reply(b'{"query": ["syntax error at or near"]}', "409 Conflict"), reply()]
    with pytest.raises(SourceRefusedError, match=r"409 Conflict: .*syntax error at or near"):
        ask(api.url)
    assert len(api.asked) == 1


@pytest.mark.parametrize("where", ["http://[", "\xff\xfe", "file:///etc/passwd", "//", "http://127.0.0.1:99999999/"])
def test_where_a_redirect_leads_is_not_even_read(api: Api, where):
    api.replies = [reply(b"", "302 Found", Location=where)]
    with pytest.raises(SourceRefusedError, match="follow no redirect"):
        ask(api.url)


def test_no_cookie_is_kept(api: Api):
    api.replies = [reply(b"", "503 Busy", Set_Cookie="name=canary; Path=/", Retry_After="0"), reply()]
    assert ask(api.url) == SOUND
    assert "canary" not in api.asked[1]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(api: Api, clock: Clock, status):
    api.replies = [reply(b"", status, Location="http://169.254.169.254/latest/meta-data"), reply()]
    with pytest.raises(SourceRefusedError, match=rf"answered {status} \(API calls follow no redirect"):
        ask(api.url)
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(
    ("retry_after", "waits_s"), [("7", 7), ("0", 0), ("60", 60), ("Thu, 01 Jan 2009 00:00:00 GMT", 0)]
)
def test_the_publisher_says_when_to_come_back(api: Api, clock: Clock, status, retry_after, waits_s):
    api.replies = [reply(b"", status, Retry_After=retry_after), reply()]
    assert ask(api.url) == SOUND
    assert clock.slept_s == [waits_s]


def test_the_publisher_may_say_it_as_a_date(api: Api, clock: Clock):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    api.replies = [reply(b"", "429 Too Many Requests", Retry_After=soon), reply()]
    assert ask(api.url) == SOUND
    [waited_s] = clock.slept_s
    assert 35 < waited_s <= 40


@pytest.mark.parametrize("retry_after", ["soon", "", "-5", "1.5", "Thu, 99 Jan 2009", "\u00b2", *BEYOND_NUMBERS])
def test_a_date_that_cannot_be_read_is_no_date(api: Api, clock: Clock, retry_after):
    api.replies = [reply(b"", "429 Too Many Requests", Retry_After=retry_after), reply()]
    assert ask(api.url) == SOUND
    [waited_s] = clock.slept_s
    assert 1 <= waited_s <= 2


@pytest.mark.parametrize("retry_after", ["3600", "9" * 400, "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_publisher_that_wants_to_be_left_alone_for_long_is(api: Api, clock: Clock, retry_after):
    api.replies = [reply(b"", "429 Too Many Requests", Retry_After=retry_after)]
    with pytest.raises(SourceRefusedError, match=r"429 Too Many Requests \(asks to be left alone for"):
        ask(api.url)
    assert len(api.asked) == 1


def test_waits_grow_and_are_never_the_same(api: Api, clock: Clock):
    api.replies = [reply(b"", "500 Internal Server Error")]
    with pytest.raises(SourceUnavailableError):
        ask(api.url, patience=Patience(total_s=1000))
    for number, waited_s in enumerate(clock.slept_s):
        assert 2**number <= waited_s <= 2**number + 1
    assert len({waited_s % 1 for waited_s in clock.slept_s}) == 5, "jitter"


@pytest.mark.parametrize(("waits_s", "attempts"), [("0", 6), ("13", 5), ("20", 4), ("40", 2), ("60", 2)])
def test_patience_ends_in_total(api: Api, clock: Clock, waits_s, attempts):
    api.replies = [reply(b"", "503 Service Unavailable", Retry_After=waits_s)]
    with pytest.raises(SourceUnavailableError):
        ask(api.url)
    assert len(api.asked) == attempts
    assert clock.now_s < PATIENCE.total_s


def test_silence_is_not_waited_for_longer_than_the_time_limit(api: Api):
    api.replies, api.pause_s = [[b"", b""]], 30
    begun_s = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="rows: TimeoutError: timed out"):
        ask(api.url, patience=ONCE, timeout_s=0.2)
    assert time.monotonic() - begun_s < 2


@pytest.mark.parametrize("whole", [reply(b" " * 4000), packed(LARGE), in_chunks(*[b" " * 9] * 500)])
def test_a_body_that_comes_byte_by_byte_is_given_up_too(api: Api, whole):
    """Every single byte comes in time, and the last one in a minute."""
    begin = whole.index(HEAD_ENDS) + len(HEAD_ENDS)
    api.replies = [[whole[:begin], *(whole[at : at + 2] for at in range(begin, len(whole), 2))]]
    begun_s = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="came too slowly"):
        ask(api.url, patience=ONCE, timeout_s=0.5)
    assert time.monotonic() - begun_s < 3


def test_a_publisher_that_is_not_there_is_named_without_addresses_in_memory(clock: Clock):
    with pytest.raises(
        SourceUnavailableError, match=r"^rows: ConnectionRefusedError: .*Connection refused$"
    ) as failure:
        ask("http://127.0.0.1:9/api")
    assert_one_line(failure)


@pytest.mark.parametrize(
    "url", ["api.neso.energy/api/3/action", "ftp://api.neso.energy", "http://", "", "http://a..test"]
)
def test_what_is_no_address_is_not_asked_twice(clock: Clock, url):
    with pytest.raises(SourceRefusedError, match="is no address that can be asked") as failure:
        ask(url)
    assert clock.slept_s == []
    assert_one_line(failure)


def test_what_a_publisher_says_cannot_spoil_a_log_or_the_run_history(api: Api):
    """PostgreSQL takes no NUL, and a terminal obeys escapes."""
    api.replies = [reply(b"no\r\n\x00\x1b[2J\xff\xfe\tway " + b"x" * 5000, "404 Not Found")]
    with pytest.raises(SourceRefusedError, match="answered 404 Not Found: no") as failure:
        ask(api.url)
    assert_one_line(failure)
    assert "way" in str(failure.value)
    assert len(str(failure.value)) < 400


@pytest.mark.parametrize(
    "hostile",
    [
        reply(b"", "403 \x1b[2J\rattempt 1 succeeded " + "x" * 60_000),
        reply(b"", Content_Encoding="\x1b[2J" * 9_000),
        reply(b"", Content_Length="1, 2" + ", 3" * 9_000),
        b"\x1b[2J" * 9_000 + b"\r\n",
    ],
)
def test_nor_can_the_head_of_an_answer(api: Api, hostile):
    api.replies = [hostile]
    with pytest.raises((SourceRefusedError, SourceUnavailableError, DamagedAnswerError)) as raised:
        ask(api.url, patience=ONCE)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


def test_a_body_above_the_size_limit_is_refused_at_once(api: Api):
    api.replies = [reply(b" " * ((1 << 20) + 1))]
    with pytest.raises(OversizedAnswerError, match="larger than 1 MiB"):
        ask(api.url, most_body_bytes=1 << 20)
    assert len(api.asked) == 1


@pytest.mark.parametrize("size", [1 << 19, (1 << 20) + 1, 1 << 22])
def test_a_packed_body_is_unpacked_up_to_the_size_limit_only(api: Api, monkeypatch: pytest.MonkeyPatch, size):
    monkeypatch.setattr(http, "RATIO_FREE_BYTES", 1 << 30)
    body = b'"' + b"x" * (size - 2) + b'"'
    api.replies = [packed(body)]
    if size <= 1 << 19:
        assert len(ask(api.url, most_body_bytes=1 << 19)) == size - 2
        return
    with pytest.raises(OversizedAnswerError, match=r"unpacks to more than 0.5 MiB|larger than 0.5 MiB"):
        ask(api.url, most_body_bytes=1 << 19)
    assert len(api.asked) == 1


def test_a_bomb_is_refused_by_its_ratio(api: Api):
    api.replies = [packed(b" " * (64 << 20))]
    with pytest.raises(OversizedAnswerError, match="unpacks to more than 100 times its size"):
        ask(api.url)
    assert len(api.asked) == 1


@pytest.mark.parametrize("endless", [b"\x00\x00\x00\xff\xff", b"\x03\x00" + b"\0" * 8 + b"more"])
def test_what_unpacks_to_nothing_has_the_same_limit(api: Api, endless):
    begin = gzip.compress(b"")[:10]
    api.replies = [
        chain([reply(b"", Content_Encoding="gzip", Content_Length=str(1 << 40)) + begin], repeat(endless * 999))
    ]
    api.pause_s = 0
    with pytest.raises(OversizedAnswerError, match="larger than 1 MiB"):
        ask(api.url, most_body_bytes=1 << 20)


def test_what_follows_a_packed_body_is_left_alone(api: Api):
    body = gzip.compress(json.dumps(SOUND).encode())
    api.replies = [reply(body + b"more" * 9_999, Content_Encoding="gzip")]
    assert ask(api.url) == SOUND


def test_an_honest_table_shrinks_well_and_is_taken(api: Api):
    names = [f"SOME_FUEL_{number}_perc" for number in range(30)]
    table = [{name: f"{CHANCE.random() if name in names[::10] else 0:.4f}" for name in names} for _ in range(4_000)]
    body = json.dumps(table).encode()
    assert len(body) > http.RATIO_FREE_BYTES
    assert 30 < len(body) / len(gzip.compress(body)) < http.MAX_DECOMPRESSION_RATIO
    api.replies = [packed(body)]
    assert ask(api.url) == table


def test_what_unpacks_to_little_may_shrink_as_it_likes(api: Api):
    api.replies = [packed(b'"' + b" " * (1 << 19) + b'"')]
    assert len(ask(api.url)) == 1 << 19


@pytest.mark.parametrize("host", ["127.0.0.1", "neso.test"])
def test_no_password_of_ours_goes_to_a_publisher(monkeypatch: pytest.MonkeyPatch, tmp_path, host):
    """Not from ~/.netrc, and not from the address itself."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {host} login us password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with responses.RequestsMock() as publisher:
        publisher.get(f"http://{host}/api/rows", json=SOUND)
        assert ask(f"http://{host}/api/") == SOUND
        assert "Authorization" not in publisher.calls[0].request.headers


def test_no_proxy_hears_of_a_publisher_on_this_machine(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    api.replies = [reply()]
    assert ask(api.url) == SOUND


def test_one_packing_is_asked_for_and_we_say_who_asks(api: Api):
    api.replies = [reply()]
    ask(api.url)
    assert "Accept-Encoding: gzip\r\n" in api.asked[0]
    assert "User-Agent: gridloom/" in api.asked[0]


def test_waiting_for_ones_turn_is_no_trying(api: Api):
    """With many tasks at one pace, the last one waits longer than all its patience."""
    api.replies = [reply(b"", "503 Service Unavailable"), reply()]
    patience = Patience(attempts=3, total_s=0.3, longest_wait_s=0.01, first_wait_s=0.01)

    class Crowded:
        def wait(self, bucket: str) -> None:
            threading.Event().wait(0.4)  # nobody sets it

    client = ApiClient(api.url, Crowded(), patience)
    assert client.get("rows", {}, bucket="datastore", read=read_json) == {"sound": True}
