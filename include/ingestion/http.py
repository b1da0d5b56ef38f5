"""A publisher's HTTP API: asked at its own pace, retried where that may help, and never trusted with our memory."""

import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from requests.structures import CaseInsensitiveDict
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter
from urllib3.exceptions import HTTPError

from include.ingestion.errors import (
    DamagedAnswerError,
    OversizedAnswerError,
    PassingError,
    SourceRefusedError,
    SourceUnavailableError,
)
from include.ingestion.pace import Pace

log = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 45
CHUNK_BYTES = 1 << 16
# A page of 10,000 rows of 34 columns is about 14 MB.
MAX_BODY_BYTES = 128 << 20
# Tables of numbers shrink 10 to 30 times; a bomb a thousand times.
MAX_DECOMPRESSION_RATIO = 100
# Below this size a high ratio harms nobody.
RATIO_FREE_BYTES = 1 << 20
ERROR_EXCERPT_CHARACTERS = 300
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


@dataclass(frozen=True)
class ApiClient:
    """One publisher's API. The session, the pace and the patience are handed in."""

    base_url: str
    pace: Pace
    patience: Patience = Patience()
    read_timeout_s: float = READ_TIMEOUT_S
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        # Neither ~/.netrc nor a proxy is to see a request to this machine; elsewhere only ~/.netrc is kept out.
        self.session.trust_env = urlsplit(self.base_url).hostname not in LOOPBACK
        self.session.auth = _no_credentials
        self.session.headers.update({"User-Agent": "gridloom/0.1", "Accept": "application/json"})
        self.session.headers["Accept-Encoding"] = "gzip"

    def get(self, path: str, params: Mapping[str, str], *, bucket: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of the answer's body; `read` may raise DamagedAnswerError to be asked again.

        Raises SourceUnavailableError or DamagedAnswerError when patience is at its end, and at once
        SourceRefusedError (403, 404, 409, redirects) or OversizedAnswerError.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(self.patience.attempts) | stop_before_delay(self.patience.total_s),
            wait=self._wait,
            before_sleep=_say_why,
            sleep=time.sleep,
            reraise=True,
        )
        return attempts(lambda: read(self._body(path, params, bucket)))

    def _wait(self, state: RetryCallState) -> float:
        asked = getattr(state.outcome.exception(), "retry_after_s", None) if state.outcome else None
        first_s, longest_s = self.patience.first_wait_s, self.patience.longest_wait_s
        backoff = wait_exponential_jitter(multiplier=first_s, max=longest_s)(state)
        return backoff if asked is None else max(asked, 0.0)

    def _body(self, path: str, params: Mapping[str, str], bucket: str) -> bytes:
        self.pace.wait(bucket)
        url = f"{self.base_url.rstrip('/')}/{path}"
        timeout = (CONNECT_TIMEOUT_S, self.read_timeout_s)
        give_up_at = time.monotonic() + self.read_timeout_s
        try:
            with self.session.get(url, params=params, timeout=timeout, stream=True, allow_redirects=False) as response:
                body = _read_body(response, give_up_at)
                _raise_for_status(response, body, longest_wait_s=self.patience.longest_wait_s)
                return body
        except (MissingSchema, InvalidSchema, InvalidURL) as error:
            raise SourceRefusedError(f"{url} is no address that can be asked: {error}") from error
        except (requests.ConnectionError, requests.Timeout, HTTPError, OSError) as error:
            raise SourceUnavailableError(f"{path}: {_cause(error)}") from error


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read_body(response: requests.Response, give_up_at: float) -> bytes:
    """Read and unpack a body within its limits of size, ratio and time. Raises what `ApiClient.get` says."""
    unpack = _unpacker(response.headers.get("Content-Encoding", "identity").strip().lower())
    body, packed_bytes = bytearray(), 0
    # What has come is taken at once: a body that comes byte by byte keeps every single read in time.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        packed_bytes += len(chunk)
        body += unpack.take(chunk, limit=MAX_BODY_BYTES + 1 - len(body))
        _limit(len(body), packed_bytes)
        if time.monotonic() > give_up_at:
            raise SourceUnavailableError("the answer came too slowly to wait for its end")
    if not unpack.is_whole:
        raise DamagedAnswerError("the answer was cut off within its compressed body")
    return bytes(body)


@dataclass
class _Unpacker:
    inflate: "zlib._Decompress | None"

    def take(self, chunk: bytes, *, limit: int) -> bytes:
        if self.inflate is None:
            return chunk
        try:
            unpacked = self.inflate.decompress(chunk, limit)
        except zlib.error as error:
            raise DamagedAnswerError(f"the answer's compressed body is damaged: {error}") from error
        if self.inflate.unconsumed_tail:
            raise OversizedAnswerError(f"the answer unpacks to more than {MAX_BODY_BYTES >> 20} MiB")
        return unpacked

    @property
    def is_whole(self) -> bool:
        return self.inflate is None or self.inflate.eof


def _unpacker(encoding: str) -> _Unpacker:
    if encoding in ("identity", ""):
        return _Unpacker(None)
    if encoding == "gzip":
        return _Unpacker(zlib.decompressobj(zlib.MAX_WBITS | 16))
    raise DamagedAnswerError(f"the answer is packed as {encoding!r}, which was not asked for")


def _limit(unpacked_bytes: int, packed_bytes: int) -> None:
    if unpacked_bytes > MAX_BODY_BYTES:
        raise OversizedAnswerError(f"the answer is larger than {MAX_BODY_BYTES >> 20} MiB")
    if unpacked_bytes > RATIO_FREE_BYTES and unpacked_bytes > MAX_DECOMPRESSION_RATIO * packed_bytes:
        raise OversizedAnswerError(f"the answer unpacks to more than {MAX_DECOMPRESSION_RATIO} times its size")


def _raise_for_status(response: requests.Response, body: bytes, *, longest_wait_s: float) -> None:
    status = response.status_code
    if status == OK:
        return
    said = _in_one_line(body[:ERROR_EXCERPT_CHARACTERS].decode("utf-8", "replace"))
    message = f"{urlsplit(response.url).path} answered {status} {response.reason}: {said}".rstrip(": ")
    if status == TOO_MANY_REQUESTS or status in SERVER_ERRORS:
        retry_after_s = _retry_after_s(response.headers)
        if retry_after_s is not None and retry_after_s > longest_wait_s:
            raise SourceRefusedError(f"{message} (asks to be left alone for {retry_after_s:.0f} s)")
        raise SourceUnavailableError(message, retry_after_s=retry_after_s)
    if status in REDIRECTS:
        raise SourceRefusedError(f"{message} (API calls follow no redirect)")
    raise SourceRefusedError(message)


def _in_one_line(said: str) -> str:
    """Return text for a message: no line breaks, and nothing that a terminal or PostgreSQL would stumble over."""
    return " ".join("".join(each if each.isprintable() else " " for each in said).split())


def _retry_after_s(headers: CaseInsensitiveDict[str]) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, section 10.2.3), or None."""
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        return (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None


def _say_why(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("attempt %d failed, again in %.1f s: %s", state.attempt_number, state.upcoming_sleep, error)


def _cause(error: BaseException) -> str:
    """Name the innermost cause in a few words; the outer errors of requests repeat it with addresses in memory."""
    while not isinstance(error, HTTPException) and (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return _in_one_line(f"{type(error).__name__}: {error}").removesuffix(":")
