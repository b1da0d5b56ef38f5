"""What a dataset may be like before it is not to be trusted: each limit with its reason, which its refusals name."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """The most there may be of something, and why that much."""

    most: float
    because: str


class Edge(NamedTuple):
    """How far outside of its scope an answer may reach: what lies there is left out and counted.

    An answer that reaches further is not the answer to what was asked, and fails as a whole.
    """

    before: timedelta
    after: timedelta
    because: str


FEW_REJECTS = Limit(0.01, "more than a few mean that the contract changed")
SOME_MEGABYTES = Limit(128 << 20, "ten thousand rows of a few dozen columns are some 14 MB")
LESS_THAN_A_MINUTE = Limit(45, "an answer that takes longer than that has rarely come whole")


@dataclass(frozen=True)
class Limits:
    """The limits of one dataset."""

    rejected_share: Limit = FEW_REJECTS
    """Share of an answer's rows, 0 to 1, that may break their contract before the answer is refused."""
    withdrawn_keys: Limit = field(kw_only=True)
    """How many known keys may be gone from a scope before the answer is refused."""
    withdrawn_share: Limit | None = None
    """Share of a scope's known keys, 0 to 1, that may be gone even where these are more."""
    is_asked_twice: bool = False
    """Whether keys that are gone are withdrawn only where a second answer, asked for at once, lacks the same."""
    may_be_empty: bool = False
    """Whether an answer without rows is normal where the run asked by itself."""
    is_never_empty: bool = False
    """Whether an answer without rows is a short one, whoever asked, once its scope began half a day ago."""
    fills_gaps: bool = True
    """Whether the publisher fills its gaps, so that a hole is a short answer; else a hole is only told."""
    known_gaps: str | None = None
    """A seed of what it is known to lack for ever, by `started_at` and `ended_at`, as schema and name."""
    edge: Edge | None = None
    """Where None, a row outside of the scope is refused like any that breaks its contract."""
    look_back: timedelta = timedelta(days=1)
    """How far back a run asks that is not told what for: as far as the publisher rewrites."""
    answer_bytes: Limit = SOME_MEGABYTES
    """Size of one answer, unpacked."""
    answer_s: Limit = LESS_THAN_A_MINUTE
    """Seconds within which one answer must have come whole."""
