"""A dataset as it comes into being: issue by issue, each known from an instant on."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from include.simulator.elexon.rows import Row
from include.simulator.elexon.settlement import DAY_S, EPOCH_S, HALF_HOUR_S
from include.simulator.elexon.world import Numbers, World, numbers_between

FIRST_MONDAY_S = 4 * DAY_S  # 5 January 1970


@dataclass(frozen=True)
class Span:
    """Instants from `begin_s` to `end_s`, both included: of a dataset's axis, or of the starts of what it tells of."""

    begin_s: int
    end_s: int
    is_of_starts: bool = False


class Issue(NamedTuple):
    """What is told at once: a publication, a snapshot or a settlement period, by its number."""

    number: int
    told_s: int
    revision: int = 1


class Series(ABC):
    """One dataset, simulated.

    `axis` is the member on which windows of time are laid; None: the start of the settlement period. `told_by` is the
    member that says since when a row is known, where not all rows of an issue are known at once.
    """

    axis: str | None = "publishTime"
    told_by: str | None = "publishTime"
    period_member: str = "settlementPeriod"
    at_once: int = 48  # issues whose rows are made together

    @abstractmethod
    def issues(self, world: World, span: Span) -> list[Issue]:
        """Return the issues known at the clock that may have rows in a span, the newest first."""

    @abstractmethod
    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        """Yield the rows of some issues, in their order."""


RowsOf: TypeAlias = Callable[[World, Sequence[Issue]], Iterator[Row]]
Delay: TypeAlias = Callable[[World, Numbers], Numbers]


def at_every(minutes: int, *, past: int = 0) -> tuple[int, ...]:
    """Return the times of a day, in seconds after midnight UTC, at every so many minutes."""
    return tuple(range(past * 60, DAY_S, minutes * 60))


@dataclass(frozen=True)
class Publications(Series):
    """Rows that are published by a timetable, perhaps some seconds late. An issue's number is the instant it is due."""

    rows_of: RowsOf
    times: tuple[int, ...]  # seconds after midnight UTC
    weekday: int | None = None  # Monday is 0; None: every day
    day_of_month: int | None = None
    delay: Delay | None = None
    latest_s: int = 0  # no delay is longer
    revised_share: float = 0.0  # so many are published once more
    revised_after_s: int = 5 * DAY_S  # at the latest
    at_once: int = 8
    axis: str | None = "publishTime"
    told_by: str | None = "publishTime"
    name: str = ""  # draws its luck

    def issues(self, world: World, span: Span) -> list[Issue]:
        reach_s = self.latest_s + (self.revised_after_s if self.revised_share else 0)
        due = self._due(span.begin_s - reach_s, span.end_s)
        told = due + self.delay(world, due) if self.delay else due
        end_s = min(span.end_s, world.clock_s)
        found = [
            Issue(*each, 1)
            for each in zip(due.tolist(), told.tolist(), strict=True)
            if span.begin_s <= each[1] <= end_s
        ]
        if self.revised_share:
            found += [issue for issue in self._revisions(world, due, told) if span.begin_s <= issue.told_s <= end_s]
            found.sort(key=lambda issue: issue.told_s)
        return found[::-1]

    def _due(self, begin_s: int, end_s: int) -> Numbers:
        days = np.arange(begin_s // DAY_S, end_s // DAY_S + 1) * DAY_S
        if self.weekday is not None:
            days = days[(days - FIRST_MONDAY_S) // DAY_S % 7 == self.weekday]
        if self.day_of_month is not None:
            dates = days.astype("datetime64[s]")
            since_first = dates.astype("datetime64[D]") - dates.astype("datetime64[M]").astype("datetime64[D]")
            days = days[since_first.astype(int) + 1 == self.day_of_month]
        due: Numbers = (days[:, None] + np.array(self.times)).ravel()
        return due

    def _revisions(self, world: World, due: Numbers, told: Numbers) -> list[Issue]:
        luck = world.luck(f"{self.name} revised", due)
        after = HALF_HOUR_S + (luck / self.revised_share * (self.revised_after_s - HALF_HOUR_S)).astype(np.int64)
        struck = np.flatnonzero(luck < self.revised_share).tolist()
        return [Issue(int(due[at]), int(told[at] + after[at]), 2) for at in struck]

    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        return self.rows_of(world, issues)


@dataclass(frozen=True)
class Periods(Series):
    """Rows of settlement periods. An issue's number is that of the half-hour; it is known some time after its start."""

    rows_of: RowsOf
    known_after_s: int  # below nothing where it is known before
    axis: str | None = None
    told_by: str | None = None
    period_member: str = "settlementPeriod"
    reaches_on: int = 0  # half-hours by which a row's time may lie behind its issue
    at_once: int = 4
    known: Delay | None = None  # when each half-hour is known, where that is no fixed time after its start

    def issues(self, world: World, span: Span) -> list[Issue]:
        reach_s = (1 + self.reaches_on) * HALF_HOUR_S
        numbers = numbers_between(span.begin_s - reach_s, span.end_s)
        told = EPOCH_S + numbers * HALF_HOUR_S + self.known_after_s
        if self.known:
            told = self.known(world, numbers)
        is_known = told <= world.clock_s
        listed = zip(numbers[is_known].tolist(), told[is_known].tolist(), strict=True)
        return [Issue(*each) for each in listed][::-1]

    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        return self.rows_of(world, issues)
