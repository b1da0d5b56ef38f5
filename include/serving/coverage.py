"""What was asked for of each day and came, on every screen: one of four states, and the last days of each dataset."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from include.serving.day_state import DayState
from include.warehouse import Connection

# The same colours as those of `day_state`, where they tell the same.
COVERAGE_STATES = (
    DayState("held", "Held", "#009e73"),
    DayState("loading", "Being loaded", "#56b4e9"),
    DayState("missing", "Asked for, and did not come", "#d55e00"),
    DayState("not_asked", "Never asked for", "#ddcc77"),
)
# An expression over a row of `ops.coverage`, or of `ops.coverage_between`.
CODE = "case state when 'never asked for' then 'not_asked' else state end"
STRIP_DAYS = 30
# Codes of the last days, oldest first.
Days = Sequence[str]

_LAST_DAYS = f"select dataset, day, {CODE} from ops.coverage_between(%(first)s, %(last)s)"  # noqa: S608 - our own text


def last_days(connection: Connection, last: date) -> dict[str, Days]:
    """Return how the last days stand, by the name of each dataset that was asked for in any of them."""
    first = last - timedelta(days=STRIP_DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_DAYS, {"first": first, "last": last})
        found: dict[str, dict[date, str]] = {}
        for dataset, day, code in cursor.fetchall():
            found.setdefault(dataset, {})[day] = code
    return {dataset: _in_order(first, states) for dataset, states in found.items()}


def _in_order(first: date, states: Mapping[date, str]) -> Days:
    days = (first + timedelta(days=number) for number in range(STRIP_DAYS))
    return tuple(states.get(day, "not_asked") for day in days)


def stretches(days: Days) -> list[tuple[str, int]]:
    """Return the days as stretches of one state, each with its length."""
    return [(code, len(list(same))) for code, same in groupby(days)]


def in_words(days: Days) -> str:
    """Return how many days are in which state."""
    if not days:
        return ""
    return ", ".join(f"{days.count(code)} {told.lower()}" for code, told, _ in COVERAGE_STATES if code in days)
