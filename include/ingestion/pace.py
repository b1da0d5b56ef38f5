"""How fast a publisher may be asked: token buckets that all processes share, kept in `ops.request_pace`."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from include.warehouse import Connection, fetch_value

log = logging.getLogger(__name__)

# Shorter waits than this are not worth a line in the log.
WORTH_SAYING_S = 2.0


@dataclass(frozen=True)
class Rate:
    """Over time `tokens` requests per `seconds`, evenly spaced: no span of `seconds` ever sees more than `tokens`.

    A publisher that allows more at once after a rest says so by `burst`; so many may then come on top in such a span.
    """

    tokens: float
    seconds: float
    burst: float = 1

    def __post_init__(self) -> None:
        if self.burst < 1:
            raise ValueError(f"no request would ever be sent with a burst of {self.burst:g}; it must be at least 1")

    @property
    def per_second(self) -> float:
        return self.tokens / self.seconds


class Pace(Protocol):
    """Lets the caller wait until a request of a bucket may be sent."""

    def wait(self, bucket: str) -> None:
        """Return when a request may be sent."""


@dataclass(frozen=True)
class SharedPace:
    """Token buckets in the warehouse, so that runs beside each other do not ask twice as fast.

    The connection is in autocommit mode: a token is taken at once, and no lock is held while waiting.
    """

    connection: Connection
    publisher: str
    rates: Mapping[str, Rate]
    sleep: Callable[[float], None] = time.sleep

    def wait(self, bucket: str) -> None:
        """Take a token of the bucket, and sleep until it is due."""
        due_in_s = self._take(f"{self.publisher}/{bucket}", self.rates[bucket])
        if due_in_s >= WORTH_SAYING_S:
            log.info("waiting %.0f s, at the pace %s asks for", due_in_s, self.publisher)
        if due_in_s > 0:
            self.sleep(due_in_s)

    def _take(self, bucket: str, rate: Rate) -> float:
        """Take one token, on credit if there is none; return the seconds until the credit is paid back."""
        return float(
            fetch_value(
                self.connection,
                """
                insert into ops.request_pace as pace (bucket, tokens, refilled_at)
                values (%(bucket)s, %(burst)s - 1, clock_timestamp())
                on conflict (bucket) do update
                set
                    tokens = least(
                        %(burst)s,
                        pace.tokens + %(per_second)s
                        * greatest(0, extract(epoch from excluded.refilled_at - pace.refilled_at))
                    ) - 1,
                    refilled_at = excluded.refilled_at
                returning -tokens / %(per_second)s
                """,
                {"bucket": bucket, "burst": rate.burst, "per_second": rate.per_second},
            )
        )
