"""What the parameters of a request ask for: a window, and which rows within it.

A parameter of another name than the dataset's own is ignored. A window is closed at both ends. Where a settlement
period is given, its bound is a settlement date and period, whatever the time says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from include.simulator.elexon import spelling
from include.simulator.elexon.catalogue import Dataset
from include.simulator.elexon.problems import NotFoundError, RefusedError
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Series, Span
from include.simulator.elexon.settlement import (
    HALF_HOUR_S,
    HOUR_S,
    MOST_PERIODS,
    day_after,
    half_hour_at,
    half_hour_of,
    midnight_s,
    period_at,
    seconds_of,
    stamp,
)
from include.simulator.reply import Request

# Datasets of which a time resolves to the settlement period that it falls within.
BY_CONTAINING_PERIOD = ("PN", "QPN", "B1610")
# Which members a parameter is compared with.
MEMBERS = {
    "bmUnit": ("bmUnit", "nationalGridBmUnit", "nationalGridBmUnitId"),
    "dataProviders": ("dataProvider",),
    "week": ("week", "calendarWeekNumber"),
}
FILTERS = (
    "fuelType", "bmUnit", "boundary", "dataProviders", "week", "year", "biddingZone", "interconnector", "bscPartyId",
    "tradingUnitName", "tradingUnitType", "region", "gspGroupId",
)  # fmt: skip
PUBLISHED = ("publishDateTimeFrom", "publishDateTimeTo")
SETTLED = ("settlementDateFrom", "settlementDateTo")
# The parameters that are bounds in time, and how a refusal calls them.
SPANS = {
    PUBLISHED: "PublishDateTimeFrom and PublishDateTimeTo",
    ("measurementDateTimeFrom", "measurementDateTimeTo"): "MeasurementDateTimeFrom and MeasurementDateTimeTo",
    ("submissionDateTimeFrom", "submissionDateTimeTo"): "SubmissionDateTimeFrom and SubmissionDateTimeTo",
    ("from", "to"): "From and To",
}

Settled = tuple[str, int]  # settlement date and period


@dataclass(frozen=True)
class Window:
    """Which rows are within: by an instant in `axis`, as the API writes it, or by settlement date and period.

    `span` tells which issues may have such rows.
    """

    span: Span
    axis: str | None = None
    from_time: str | None = None
    to_time: str | None = None
    from_period: Settled | None = None
    to_period: Settled | None = None
    period_member: str = "settlementPeriod"

    def holds(self, row: Row) -> bool:
        if self.axis is not None:
            at = row.get(self.axis) or ""
            if (self.from_time and at < self.from_time) or (self.to_time and at > self.to_time):
                return False
        if self.from_period or self.to_period:
            settled = (row.get("settlementDate") or "", row.get(self.period_member) or 0)
            if (self.from_period and settled < self.from_period) or (self.to_period and settled > self.to_period):
                return False
        return True


@dataclass(frozen=True)
class Asked:
    """A window, or the latest rows where it is None; and the rows of it that are wanted."""

    window: Window | None
    wanted: tuple[Callable[[Row], bool], ...]

    def holds(self, row: Row) -> bool:
        """Tell whether a row is asked for, be it of the latest."""
        return (self.window is None or self.window.holds(row)) and all(each(row) for each in self.wanted)


def latest_of(request: Request, dataset: Dataset, *, is_stream: bool) -> Asked:
    """Read the parameters as if those of a window were unknown."""
    return Asked(None, tuple(_filters(request, dataset, _names(dataset, is_stream=is_stream))))


def _names(dataset: Dataset, *, is_stream: bool) -> set[str]:
    return {parameter.name for parameter in dataset.parameters(is_stream=is_stream)}


def asked_by(request: Request, dataset: Dataset, series: Series, *, is_stream: bool) -> Asked:
    """Read the parameters that the dataset knows. Raises NotFoundError and RefusedError."""
    names = _names(dataset, is_stream=is_stream)
    given = {name: value for name, value in request.parameters.items() if name in names and value != ""}
    for parameter in dataset.parameters(is_stream=is_stream):
        if parameter.is_required and parameter.name not in given:
            raise NotFoundError(parameter.name)
    window = _window(given, dataset, series)
    if window and dataset.limit and not is_stream:
        _check_length(given, dataset)
    return Asked(window, tuple(_filters(request, dataset, names)))


def within(begin: Settled, end: Settled, series: Series) -> Window:
    """Return the window from one settlement period to another, both included."""
    first, last = (half_hour_of(date.fromisoformat(day), period) for day, period in (begin, end))
    span = Span(period_at(first).start_s, period_at(last).start_s + HALF_HOUR_S - 1, is_of_starts=True)
    return Window(span, from_period=begin, to_period=end, period_member=series.period_member)


def _window(given: dict[str, str], dataset: Dataset, series: Series) -> Window | None:
    published, settled = (any(name in given for name in names) for names in (PUBLISHED, SETTLED))
    if published and settled:
        raise RefusedError("Settlement date parameters cannot be set when publish date parameters are set")
    if "settlementPeriodFrom" in given and settled:
        return _from_period_to_period(given, series)
    if settled:
        return _of_days(given, series)
    if "settlementDate" in given:
        day, period = spelling.day(given, "settlementDate"), spelling.period(given, "settlementPeriod")
        return within((day.isoformat(), period), (day.isoformat(), period), series)
    if "publishDate" in given:
        begin = seconds_of(datetime.combine(spelling.day(given, "publishDate"), datetime.min.time(), UTC))
        return _in_time(series, begin, begin + 24 * HOUR_S - 1)
    names = next((names for names in SPANS if any(name in given for name in names)), None)
    return None if names is None else _between(given, names, dataset, series)


def _from_period_to_period(given: dict[str, str], series: Series) -> Window:
    begin, end = (
        (spelling.day(given, f"settlementDate{each}").isoformat(), spelling.period(given, f"settlementPeriod{each}"))
        for each in ("From", "To")
    )
    _in_order(begin, end)
    return within(begin, end, series)


def _of_days(given: dict[str, str], series: Series) -> Window:
    """Return settlement days, by their date alone."""
    _both(given, SETTLED)
    begin, end = (spelling.day(given, name) for name in SETTLED)
    _in_order(begin, end)
    window = within((begin.isoformat(), 1), (end.isoformat(), MOST_PERIODS), series)
    return replace(window, span=Span(midnight_s(begin), midnight_s(day_after(end)) - 1, is_of_starts=True))


def _between(given: dict[str, str], names: tuple[str, str], dataset: Dataset, series: Series) -> Window:
    _both(given, names)
    begin, end = (spelling.instant(given, name) for name in names)
    if names == ("from", "to") and any(name in given for name in ("settlementPeriodFrom", "settlementPeriodTo")):
        return _mixed(given, begin, end, dataset, series)
    begin_s, end_s = seconds_of(begin), seconds_of(end)
    _in_order(begin_s, end_s)
    if series.axis is None:
        return _by_period(begin_s, end_s, dataset, series)
    return _in_time(series, begin_s, end_s)


def _both(given: dict[str, str], names: tuple[str, str]) -> None:
    """Refuse a window that is open at one end."""
    for name, other in (names, names[::-1]):
        if name not in given:
            raise RefusedError(f"It must be specified where {other} is", about=name)


def _in_time(series: Series, begin_s: int, end_s: int) -> Window:
    return Window(Span(begin_s, end_s), series.axis, stamp(begin_s), stamp(end_s))


def _by_period(begin_s: int, end_s: int, dataset: Dataset, series: Series) -> Window:
    """Return the periods that hold the bounds, or that begin between them."""
    is_containing = dataset.code in BY_CONTAINING_PERIOD
    first = half_hour_at(begin_s if is_containing else begin_s + HALF_HOUR_S - 1)
    last = half_hour_at(end_s)
    begin, end = ((period.date, period.period) for period in (period_at(first), period_at(last)))
    span = Span(period_at(first).start_s, period_at(last).start_s + HALF_HOUR_S - 1, is_of_starts=True)
    return Window(span, from_period=begin, to_period=end)


def _mixed(given: dict[str, str], begin: datetime, end: datetime, dataset: Dataset, series: Series) -> Window:
    """Return a window of which one bound at least is a settlement date and period; the other may be a time."""
    plain = _by_period(seconds_of(begin), seconds_of(end), dataset, series)
    by_time = series.axis is not None
    from_period = _settled(given, "settlementPeriodFrom", begin)
    to_period = _settled(given, "settlementPeriodTo", end)
    first_s = seconds_of(begin) if from_period is None else _start_s(from_period)
    last_s = seconds_of(end) if to_period is None else _start_s(to_period) + HALF_HOUR_S - 1
    _in_order(first_s, last_s)
    return Window(
        Span(first_s, last_s, is_of_starts=True),
        series.axis,
        from_time=stamp(first_s) if by_time and from_period is None else None,
        to_time=stamp(last_s) if by_time and to_period is None else None,
        from_period=from_period or (None if by_time else plain.from_period),
        to_period=to_period or (None if by_time else plain.to_period),
        period_member=series.period_member,
    )


def _settled(given: dict[str, str], name: str, at: datetime) -> Settled | None:
    """Return date and period where the period is given; the time of `at` is dropped, its date is taken as it is."""
    return (at.date().isoformat(), spelling.period(given, name)) if name in given else None


def _start_s(settled: Settled) -> int:
    return period_at(half_hour_of(date.fromisoformat(settled[0]), settled[1])).start_s


def _check_length(given: dict[str, str], dataset: Dataset) -> None:
    """Refuse a window that is longer than the plain route allows; by settlement date the days are counted."""
    assert dataset.limit  # noqa: S101 - whoever calls has looked
    if all(name in given for name in SETTLED):
        days = (spelling.day(given, SETTLED[1]) - spelling.day(given, SETTLED[0])).days + 1
        if days * 24 > dataset.limit.hours:
            raise _too_long("SettlementDateFrom and SettlementDateTo", dataset)
    for names, called in SPANS.items():
        if all(name in given for name in names):
            begin, end = (_bound_s(given, name) for name in names)
            if end - begin > dataset.limit.hours * HOUR_S:
                raise _too_long(called, dataset)


def _bound_s(given: dict[str, str], name: str) -> int:
    settled = _settled(given, f"settlementPeriod{name.title()}", spelling.instant(given, name))
    return seconds_of(spelling.instant(given, name)) if settled is None else _start_s(settled)


def _too_long(called: str, dataset: Dataset) -> RefusedError:
    assert dataset.limit  # noqa: S101 - whoever calls has looked
    return RefusedError(f"The date range between {called} inclusive must not exceed {dataset.limit.words}")


def _in_order(begin: object, end: object) -> None:
    if begin > end:  # type: ignore[operator]
        raise RefusedError("The end of the date range must not be before its beginning")


def _filters(request: Request, dataset: Dataset, names: set[str]) -> list[Callable[[Row], bool]]:
    found = []
    for name in (*FILTERS, "settlementPeriod"):
        parameter = next((each for each in dataset.plain if each.name == name), None)
        is_window = name == "settlementPeriod" and parameter is not None and not parameter.type.endswith("[]")
        values = [value for value in request.all_of(name) if value] if name in names else []
        if values and not is_window:
            if name == "settlementPeriod":
                values = [str(spelling.period({name: value}, name)) for value in values]
            found.append(_one_of(MEMBERS.get(name, (name,)), {_plain(value) for value in values}))
    return found


def _one_of(members: Sequence[str], values: set[str]) -> Callable[[Row], bool]:
    return lambda row: any(_plain(row[member]) in values for member in members if row.get(member) is not None)


def _plain(value: object) -> str:
    """Return a value as it is written in an address."""
    return str(value).lower() if isinstance(value, bool) or value in ("True", "False") else str(value)


def days_asked(request: Request) -> tuple[date | None, date | None]:
    """Return the settlement days that bound what is asked for. Raises RefusedError."""
    given = {name: value for name, value in request.parameters.items() if value != ""}
    first, last = (spelling.day(given, name) if name in given else None for name in SETTLED)
    if first and last:
        _in_order(first, last)
    return first, last
