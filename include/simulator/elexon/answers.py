"""The rows that answer a question: of a window, or the latest there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from include.simulator.elexon.asking import Asked, Window
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods, Series, Span
from include.simulator.elexon.settlement import DAY_S, HOUR_S, half_hour_at, stamp
from include.simulator.elexon.world import World

# What is told where no window is named: the last so many seconds, else the latest publication.
LATEST_REACHES_S = {"FREQ": DAY_S, "TEMP": 31 * DAY_S, "SEL": DAY_S, "SIL": DAY_S}
# Nothing is told longer before it begins.
KNOWN_AHEAD_S = 2 * DAY_S
# How far back the latest publication is looked for, step by step.
LOOKED_BACK_S = (HOUR_S, DAY_S, 40 * DAY_S, 800 * DAY_S)


@dataclass(frozen=True)
class Simulated:
    """One dataset as it is simulated in a world."""

    code: str
    series: Series
    world: World
    start_s: int  # nothing is told of before

    def rows(self, asked: Asked) -> Iterator[Row]:
        """Yield what is asked for, the newest first."""
        if asked.window is None:
            return self._latest(asked)
        return self._within(asked.window, asked)

    def updated(self) -> str | None:
        """Return when it was updated last, as the API writes it."""
        newest, running = None, half_hour_at(self.world.clock_s)
        for issue in self._newest_issues():
            if self.series.told_by is None or not isinstance(self.series, Periods):
                return stamp(min(issue.told_s, self.world.clock_s))
            if newest and issue.number < running - 1:
                break  # what is told later of it would be told of the half-hours since, too
            told = [str(row[self.series.told_by]) for row in self._known([issue])]
            newest = max([*told, newest or ""]) or None
        return newest

    def _within(self, window: Window, asked: Asked) -> Iterator[Row]:
        begin_s, end_s = window.span.begin_s, window.span.end_s
        known_s = self.world.clock_s + KNOWN_AHEAD_S
        span = replace(window.span, begin_s=max(begin_s, self.start_s), end_s=min(end_s, known_s))
        issues = self.series.issues(self.world, span) if span.begin_s <= span.end_s else []
        if isinstance(self.series, Periods):
            issues = [issue for issue in issues if issue.number >= half_hour_at(self.start_s)]
        else:
            issues = [issue for issue in issues if issue.told_s >= self.start_s]
        return (row for row in self._known(issues) if asked.holds(row))

    def _latest(self, asked: Asked) -> Iterator[Row]:
        reach_s = LATEST_REACHES_S.get(self.code)
        if reach_s is not None:
            begin_s = max(self.world.clock_s - reach_s, self.start_s)
            window = Window(Span(begin_s, self.world.clock_s), self.series.axis, stamp(begin_s), self.world.clock)
            return self._within(window, replace(asked, window=window))
        for issue in self._newest_issues():
            rows = list(self._known([issue]))
            if rows:
                return (row for row in self._newest(rows) if asked.holds(row))
        return iter(())

    def _newest(self, rows: list[Row]) -> list[Row]:
        """Return the rows of the last instant of publication; of a settlement period, all."""
        axis = self.series.axis
        if axis is None or isinstance(self.series, Periods):
            return rows
        last = max(row[axis] for row in rows)
        return [row for row in rows if row[axis] == last]

    def _newest_issues(self) -> Iterator[Issue]:
        for reach_s in LOOKED_BACK_S:
            begin_s = max(self.world.clock_s - reach_s, self.start_s)
            yield from self.series.issues(self.world, Span(begin_s, self.world.clock_s))[:100]

    def _known(self, issues: Sequence[Issue]) -> Iterator[Row]:
        told_by, clock = self.series.told_by, self.world.clock
        for begin in range(0, len(issues), self.series.at_once):
            rows = self.series.rows(self.world, issues[begin : begin + self.series.at_once])
            yield from rows if told_by is None else (row for row in rows if row[told_by] <= clock)
