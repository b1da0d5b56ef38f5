"""How the API is asked. https://carbon-intensity.github.io/api-definitions/

What it answers, and how well that is known, stands in the README beside this file.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import TypeAlias

from include.ingestion.dataset import Page, Publisher
from include.ingestion.due import Occasion
from include.ingestion.http import ApiClient
from include.ingestion.nested import Pairs, as_list, flat, parse, with_seconds
from include.ingestion.scope import Scope, Snapshot
from include.ingestion.window import Window
from include.settlement import HALF_HOUR, LONDON, day_started_at, half_hour_at_or_after, half_hour_of

PUBLISHER = Publisher(
    name="carbon_intensity",
    title="Carbon Intensity API",
    url="https://api.carbonintensity.org.uk",
    attribution="Carbon intensity and regional mix: NESO, Carbon Intensity API",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
)
REQUESTS, STAMP = "requests", "%Y-%m-%dT%H:%MZ"
LONGEST_SPAN = timedelta(days=14)
FORESEEN_FOR = timedelta(hours=48)
# Actuals move for a day; what moves later is looked for once a day.
REVISED_FOR, REVISED_LATER_FOR = timedelta(hours=26), timedelta(days=7)
# For its first 11 minutes the actual of a half-hour is a copy of the one before.
COPIED_FOR = timedelta(minutes=12)
# When the day's import factors are worked out.
FACTORS_AT = time(6)

Unfold: TypeAlias = Callable[[list[Pairs]], Iterator[Pairs]]


def until_now(occasion: Occasion, look_back: timedelta) -> list[Scope]:
    """Return what was measured since the day that a run looks back to."""
    return measured_of(Window(_looks_back_to(occasion, look_back), occasion.instant), occasion)


def until_foreseen(occasion: Occasion, look_back: timedelta) -> list[Scope]:
    """Return the same, and what is foreseen from the half-hour that runs on."""
    foreseen_until = half_hour_of(occasion.instant) + FORESEEN_FOR
    return known_of(Window(_looks_back_to(occasion, look_back), foreseen_until), occasion)


def once_a_day(occasion: Occasion, _: timedelta) -> list[Scope]:
    """Return all there is, for the runs that ask for it."""
    return [Snapshot()] if _is_of_the_day(occasion) else []


def measured_of(window: Window, occasion: Occasion) -> list[Scope]:
    """Return the part of a window whose actuals are its own by now."""
    return _pieces(window.start, min(window.end, half_hour_of(occasion.instant - COPIED_FOR)))


def known_of(window: Window, occasion: Occasion) -> list[Scope]:
    """Return a window without the half-hour whose actual is a copy of the one before."""
    running = half_hour_of(occasion.instant)
    return [*measured_of(window, occasion), *_pieces(max(window.start, running), window.end)]


def _looks_back_to(occasion: Occasion, look_back: timedelta) -> datetime:
    furthest = max(look_back, REVISED_LATER_FOR) if _is_of_the_day(occasion) else look_back
    return day_started_at((occasion.instant - furthest).astimezone(LONDON).date())


def _is_of_the_day(occasion: Occasion) -> bool:
    """Tell whether a run asks for what changes daily, too: one by hand, and the first after it is worked out."""
    due = datetime.combine(occasion.instant, FACTORS_AT, occasion.instant.tzinfo)
    return occasion.interval is None or due <= occasion.instant < due + HALF_HOUR


def _pieces(start: datetime, end: datetime) -> list[Scope]:
    """Cut a window for the API: at most 14 days at once, and never across New Year, where answers may end."""
    years = Window(start, end).years() if start < end else ()
    return [piece for year in years for piece in year.pages(LONGEST_SPAN)]


def half_hours(path: str, unfold: Unfold, *, is_foreseen: bool) -> Callable[[ApiClient, Window], Iterator[Page]]:
    """Return what fetches the half-hours of a path; `unfold` makes rows of an answer's `data`."""

    def fetch(client: ApiClient, window: Window) -> Iterator[Page]:
        begin, end = map(half_hour_at_or_after, (window.start, window.end))
        until = "fw48h" if is_foreseen and end - begin == FORESEEN_FOR else f"{end:{STAMP}}"
        yield client.get(f"{path}/{begin:{STAMP}}/{until}", {}, bucket=REQUESTS, read=read)

    def read(body: bytes) -> Page:
        return flat(with_seconds(unfold(as_list(parse(body)["data"])), "from", "to"))

    return fetch


def fetch_factors(client: ApiClient, _: Snapshot) -> Iterator[Page]:
    """Yield a row for each factor; they come as the names and numbers of an object."""

    def read(body: bytes) -> Page:
        told = as_list(parse(body)["data"])
        return flat(Pairs([("fuel", fuel), ("factor", factor)]) for factors in told for fuel, factor in factors)

    yield client.get("intensity/factors", {}, bucket=REQUESTS, read=read)
