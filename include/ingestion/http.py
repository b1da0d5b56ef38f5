"""A publisher's HTTP API: asked at its own pace, retried where that may help, and never trusted with our memory."""

import logging
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from requests.structures import CaseInsensitiveDict
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.stop import stop_base
from tenacity.wait import wait_exponential_jitter
from urllib3.exceptions import HTTPError

from include import outbound
from include.ingestion.errors import (
    DamagedAnswerError,
    OversizedAnswerError,
    PassingError,
    SourceRefusedError,
    SourceUnavailableError,
)
from include.ingestion.limits import Limits
from include.ingestion.pace import Pace
from include.ingestion.told import MOST_CHARACTERS, told

log = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 45
CHUNK_BYTES = 1 << 16
MIB = 1 << 20
IDLE_TIMEOUT_S = 45
# A stream that brings less than this in all the time it may be idle is as good as silent.
LEAST_PROGRESS_BYTES = 1 << 10
# A page of 10,000 rows of 34 columns is about 14 MB.
MOST_BODY_BYTES = 128 << 20
# Tables of numbers shrink 10 to 30 times; a bomb a thousand times.
MAX_DECOMPRESSION_RATIO = 100
# Below this size a high ratio harms nobody.
RATIO_FREE_BYTES = 1 << 20
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = range(500, 600)
REDIRECTS = range(300, 400)
OK = 200
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Patience:
    """How often, and for how long in all, one request is tried: a lasting fault is to show within minutes.

    No attempt begins after `total_s`, so that two tries of a task fail within 5 minutes, however they fail.
    """

    attempts: int = 6
    total_s: float = 65
    longest_wait_s: float = 60
    first_wait_s: float = 1


LITTLE_PATIENCE = Patience(attempts=1, total_s=1)
LITTLE_TIMEOUT_S = 20


@dataclass(frozen=True)
class ApiClient:
    """One publisher's API. The session, the pace and the patience are handed in."""

    base_url: str
    pace: Pace
    patience: Patience = Patience()
    read_timeout_s: float = READ_TIMEOUT_S
    idle_timeout_s: float = IDLE_TIMEOUT_S
    most_body_bytes: int = MOST_BODY_BYTES
    session: requests.Session = field(default_factory=outbound.session)

    def __post_init__(self) -> None:
        # Neither ~/.netrc nor a proxy is to see a request to this machine; elsewhere only ~/.netrc is kept out.
        self.session.trust_env = urlsplit(self.base_url).hostname not in LOOPBACK
        self.session.auth = _no_credentials
        self.session.headers.update({"User-Agent": "gridloom/0.1", "Accept": "application/json"})
        self.session.headers["Accept-Encoding"] = "gzip"

    def within(self, limits: Limits, *, is_hurried: bool) -> "ApiClient":
        """Return it as it is asked for a dataset of these limits; with little patience where it did not answer."""
        client = replace(self, read_timeout_s=limits.answer_s.most, most_body_bytes=int(limits.answer_bytes.most))
        if not is_hurried:
            return client
        return replace(client, patience=LITTLE_PATIENCE, read_timeout_s=min(LITTLE_TIMEOUT_S, limits.answer_s.most))

    def get(self, path: str, params: Mapping[str, str], *, bucket: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the answer's body; `read` may raise DamagedAnswerError to be asked again.

        Raises SourceUnavailableError or DamagedAnswerError when patience is at its end, and at once
        SourceRefusedError (403, 404, 409, redirects) or OversizedAnswerError.
        """

        def attempt() -> T:
            in_time = _Deadline(self.read_timeout_s)
            with self._asked(path, params, silence_s=self.read_timeout_s) as response:
                body = self._whole_body(response, in_time)
            return read(body)

        return self._patiently(bucket, attempt)

    def stream(self, path: str, params: Mapping[str, str], *, bucket: str) -> Iterator[bytes]:
        """Yield the answer's body as it comes, unpacked, in pieces of at most a megabyte.

        Asked again is only until the body begins: what was yielded cannot be taken back. Instead of a time for all of
        it, the body has a time in which it may stand still. Raises what `get` does; where it raises, the body has no
        end, whatever has come of it.
        """
        with ExitStack() as held:

            def attempt() -> requests.Response:
                with ExitStack() as asked:
                    response = asked.enter_context(self._asked(path, params, silence_s=self.idle_timeout_s))
                    if response.status_code != OK:
                        self._whole_body(response, _Deadline(self.read_timeout_s))
                    held.push(asked.pop_all())
                return response

            response = self._patiently(bucket, attempt)
            yield from _unpacked(response, self.most_body_bytes, _Idleness(self.idle_timeout_s))

    def _patiently(self, bucket: str, attempt: Callable[[], T]) -> T:
        """Make a request at the publisher's pace, again where that may help."""
        trying = _Trying(self.pace, self.patience)
        attempts = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(self.patience.attempts) | trying,
            wait=self._wait,
            before_sleep=_say_why,
            sleep=time.sleep,
            reraise=True,
        )

        def in_turn() -> T:
            trying.wait(bucket)
            return attempt()

        return attempts(in_turn)

    def _wait(self, state: RetryCallState) -> float:
        asked = getattr(state.outcome.exception(), "retry_after_s", None) if state.outcome else None
        first_s, longest_s = self.patience.first_wait_s, self.patience.longest_wait_s
        backoff = wait_exponential_jitter(multiplier=first_s, max=longest_s)(state)
        return backoff if asked is None else max(asked, 0.0)

    @contextmanager
    def _asked(self, path: str, params: Mapping[str, str], *, silence_s: float) -> Iterator[requests.Response]:
        """Ask, and hold the answer, with its body still to be read, for the length of a block."""
        url = f"{self.base_url.rstrip('/')}/{path}"
        timeout = (CONNECT_TIMEOUT_S, silence_s)
        try:
            with self.session.get(url, params=params, timeout=timeout, stream=True, allow_redirects=False) as response:
                yield response
        except (MissingSchema, InvalidSchema, InvalidURL, UnicodeError) as error:
            raise SourceRefusedError(f"{url} is no address that can be asked: {error}") from error
        except (requests.ConnectionError, requests.Timeout, HTTPError, OSError) as error:
            raise SourceUnavailableError(f"{path}: {_cause(error)}") from error

    def _whole_body(self, response: requests.Response, in_time: "_Clock") -> bytes:
        """Return the body of an answer that is to be kept whole. Raises what `get` says, for its status too."""
        body = b"".join(_unpacked(response, self.most_body_bytes, in_time))
        _raise_for_status(response, body, longest_wait_s=self.patience.longest_wait_s)
        return body


class _Trying(stop_base):
    """How long one request has been tried. Waiting for one's turn at the publisher's pace is no trying."""

    def __init__(self, pace: Pace, patience: Patience) -> None:
        self.pace, self.patience, self.waited_s = pace, patience, 0.0

    def wait(self, bucket: str) -> None:
        """Return when the request may be sent. Whoever asks again does so in their own time."""
        begun = time.monotonic()
        self.pace.wait(bucket)
        if not self.waited_s:
            self.waited_s = time.monotonic() - begun

    def __call__(self, state: RetryCallState) -> bool:
        """Tell whether another attempt would begin after all patience."""
        tried_s = (state.seconds_since_start or 0) - self.waited_s
        return tried_s + state.upcoming_sleep >= self.patience.total_s


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Clock(Protocol):
    """Watches a body arrive."""

    def note(self, bytes_come: int) -> None:
        """Raise SourceUnavailableError where what has come by now, in all, has come too slowly."""


class _Deadline:
    """All of it is to come in time."""

    def __init__(self, most_s: float) -> None:
        self._give_up_at = time.monotonic() + most_s

    def note(self, bytes_come: int) -> None:
        if time.monotonic() > self._give_up_at:
            raise SourceUnavailableError("the answer came too slowly to wait for its end")


class _Idleness:
    """It may take any time, but not stand still."""

    def __init__(self, most_s: float) -> None:
        self._most_s, self._moved_at, self._come = most_s, time.monotonic(), 0

    def note(self, bytes_come: int) -> None:
        now = time.monotonic()
        if bytes_come - self._come >= LEAST_PROGRESS_BYTES:
            self._moved_at, self._come = now, bytes_come
        elif now - self._moved_at > self._most_s:
            raise SourceUnavailableError(f"the answer stood still for {self._most_s:.0f} s before its end")


def _unpacked(response: requests.Response, most_bytes: int, clock: _Clock) -> Iterator[bytes]:
    """Yield a body unpacked, within its limits of size, ratio and time. Raises what `ApiClient.get` says."""
    unpack = _unpacker(response.headers.get("Content-Encoding", "identity").strip().lower())
    unpacked_bytes = packed_bytes = 0
    # What has come is taken at once: a body that comes byte by byte keeps every single read in time.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        packed_bytes += len(chunk)
        # Not all that comes unpacks to something.
        _limit(unpacked_bytes, packed_bytes, most_bytes)
        for piece in unpack.pieces(chunk):
            unpacked_bytes += len(piece)
            _limit(unpacked_bytes, packed_bytes, most_bytes)
            yield piece
        clock.note(packed_bytes)
    if not unpack.is_whole:
        raise DamagedAnswerError("the answer was cut off within its compressed body")


@dataclass
class _Unpacker:
    inflate: "zlib._Decompress | None"

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk unpacks to, never more than a megabyte at a time."""
        if self.inflate is None:
            yield chunk
            return
        try:
            # What follows the end is left alone; zlib would keep all of it.
            while chunk and not self.inflate.eof:
                yield self.inflate.decompress(chunk, MIB)
                chunk = self.inflate.unconsumed_tail
        except zlib.error as error:
            raise DamagedAnswerError(f"the answer's compressed body is damaged: {error}") from error

    @property
    def is_whole(self) -> bool:
        return self.inflate is None or self.inflate.eof


def _unpacker(encoding: str) -> _Unpacker:
    if encoding in ("identity", ""):
        return _Unpacker(None)
    if encoding == "gzip":
        return _Unpacker(zlib.decompressobj(zlib.MAX_WBITS | 16))
    raise DamagedAnswerError(f"the answer is packed as {told(encoding)!r}, which was not asked for")


def _limit(unpacked_bytes: int, packed_bytes: int, most_bytes: int) -> None:
    if max(unpacked_bytes, packed_bytes) > most_bytes:
        raise OversizedAnswerError(f"the answer is larger than {most_bytes / MIB:,.6g} MiB")
    if unpacked_bytes > RATIO_FREE_BYTES and unpacked_bytes > MAX_DECOMPRESSION_RATIO * packed_bytes:
        raise OversizedAnswerError(f"the answer unpacks to more than {MAX_DECOMPRESSION_RATIO} times its size")


def _raise_for_status(response: requests.Response, body: bytes, *, longest_wait_s: float) -> None:
    status = response.status_code
    if status == OK:
        return
    said, reason = told(body[:MOST_CHARACTERS].decode("utf-8", "replace")), told(response.reason or "")
    message = f"{urlsplit(response.url).path} answered {status} {reason}: {said}".rstrip(": ")
    if status == TOO_MANY_REQUESTS or status in SERVER_ERRORS:
        retry_after_s = _retry_after_s(response.headers)
        if retry_after_s is not None and retry_after_s > longest_wait_s:
            raise SourceRefusedError(f"{message} (asks to be left alone for {retry_after_s:.0f} s)", status=status)
        raise SourceUnavailableError(message, retry_after_s=retry_after_s, status=status)
    if status in REDIRECTS:
        raise SourceRefusedError(f"{message} (API calls follow no redirect)", status=status)
    raise SourceRefusedError(message, status=status)


def _retry_after_s(headers: CaseInsensitiveDict[str]) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, section 10.2.3), or None."""
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        return (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _say_why(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("attempt %d failed, again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)


def _cause(error: BaseException) -> str:
    """Name the innermost cause in a few words; the outer errors of requests repeat it with addresses in memory."""
    while not isinstance(error, HTTPException) and (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return told(f"{type(error).__name__}: {error}").removesuffix(":")
