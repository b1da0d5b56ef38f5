"""What a run asks Elexon for: days, weeks or months of London's calendar, each whole or as far as it has come.

Whatever replaces a window of these replaces it whole, since no other windows are ever asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from include.ingestion.due import Asked, Occasion
from include.ingestion.scope import Scope, SettlementDays
from include.ingestion.window import Window
from include.settlement import HALF_HOUR, LONDON, day_started_at
from include.sources.elexon.catalogue import AskedBy, Block, Entry, Kept
from include.sources.elexon.settlement_runs import runs_due

# What comes late by more than a day is looked for once a day.
REVISED_FOR, REVISED_LATER_FOR = timedelta(days=1), timedelta(days=7)
LOOKED_FURTHER_AT = time(6)
FIRST_AT = datetime(2016, 1, 1, tzinfo=UTC)
BY_DAYS = frozenset({AskedBy.SETTLEMENT, AskedBy.SETTLEMENT_BY_DATE})


def routine(entry: Entry, occasion: Occasion, look_back: timedelta) -> Sequence[Scope | Asked]:
    """Return what a run asks for that is not told what for: what is new, or what was settled again."""
    if entry.loaded.by_settlement_run:
        return _settled_again(occasion, look_back)
    looks_further = not entry.loaded.is_daily and is_of_the_day(occasion)
    furthest = max(look_back, REVISED_LATER_FOR) if looks_further else look_back
    first = (occasion.instant - furthest).astimezone(LONDON).date()
    return blocks(entry, Window(day_started_at(first), occasion.instant), occasion)


def blocks(entry: Entry, window: Window, occasion: Occasion) -> Sequence[Scope]:
    """Return a window cut into what is asked for at once; nothing of it lies after the run.

    Of what is kept by windows whole blocks are asked for, and settlement days always.
    """
    first = window.start.astimezone(LONDON).date()
    if entry.loaded.kept is Kept.WINDOWS:
        first = _begin(entry.loaded.block, first)
    last = (window.end - timedelta(microseconds=1)).astimezone(LONDON).date()
    if entry.loaded.kept is Kept.WINDOWS:
        end = min(day_started_at(_following(entry.loaded.block, last)), occasion.instant)
    else:
        end = min(window.end, occasion.instant)
    if day_started_at(first) >= end:
        return []
    last = (end - timedelta(microseconds=1)).astimezone(LONDON).date()
    spans = list(_spans(entry.loaded.block, first, last))
    if entry.loaded.asked_by in BY_DAYS:
        return [SettlementDays(*span, period=period_field(entry)) for span in spans]
    start = window.start if entry.loaded.kept is Kept.VERSIONS else day_started_at(first)
    starts = [start, *(day_started_at(begin) for begin, _ in spans[1:])]
    ends = [*starts[1:], end]
    return [Window(*each) for each in zip(starts, ends, strict=True)]


def period_field(entry: Entry) -> str:
    """Return our name of the field that has a row's settlement period; of several, the first."""
    names = ("settlementPeriod", "settlementPeriodFrom")
    return "settlement_period" if names[0] in entry.published.fields else "settlement_period_from"


def _spans(block: Block, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each block, the outer ones only as far as they are asked for."""
    while first <= last:
        following = _following(block, first)
        yield first, min(following - timedelta(days=1), last)
        first = following


def _begin(block: Block, day: date) -> date:
    if block is Block.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if block is Block.WEEK else day


def _following(block: Block, day: date) -> date:
    """Return the first day after the block that a day lies in."""
    if block is Block.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return _begin(block, day) + timedelta(days=7 if block is Block.WEEK else 1)


def _settled_again(occasion: Occasion, look_back: timedelta) -> list[Asked]:
    """Return the days of which a run was due by now, newest first, each once: its last run has all before it."""
    today = occasion.instant.astimezone(LONDON).date()
    runs = runs_due(today - max(look_back, REVISED_LATER_FOR), today - timedelta(days=1))
    newest = {run.settlement_date: run for run in reversed(list(runs))}
    return [
        Asked(SettlementDays(day, day), is_routine=True, edition=str(newest[day]))
        for day in sorted(newest, reverse=True)
    ]


def is_of_the_day(occasion: Occasion) -> bool:
    """Tell whether a run looks for what comes late, too: one by hand, and the first after the hour."""
    due = datetime.combine(occasion.instant.astimezone(UTC), LOOKED_FURTHER_AT, UTC)
    return occasion.interval is None or due <= occasion.instant < due + HALF_HOUR
