"""The calendar of a dataset: a cell a day, and the same in words."""

from collections.abc import Sequence

from include.serving.day_state import DAY_STATES
from include.serving.grid.queries import Row

STYLE = "".join(f".{state.code} {{background: {state.colour}}}" for state in DAY_STATES)
_TOLD = {state.code: state.told.lower() for state in DAY_STATES}


def calendar(days: Sequence[Row], *, name: str) -> str:
    """Return a cell a day, weeks from left to right; the days come newest first."""
    if not days:
        return ""
    ordered = list(reversed(days))
    before = '<i class="none"></i>' * ordered[0]["settlement_date"].weekday()
    cells = "".join(_cell(day) for day in ordered)
    legend = "".join(f'<span><i class="{code}"></i>{told}</span> ' for code, told in _TOLD.items())
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="Calendar of {name}">'
        f'<div class="calendar" role="img" aria-label="Coverage by day, in words below">{before}{cells}</div></div>'
        f'<p class="legend soft">{len(days)} day{"" if len(days) == 1 else "s"}: {_in_words(days)}. {legend}</p>'
    )


def _cell(day: Row) -> str:
    told = f"{day['settlement_date']}: {day['present_half_hours']} of {day['expected_half_hours']}"
    return f'<i class="{day["state"]}" title="{told}, {_TOLD[day["state"]]}"></i>'


def _in_words(days: Sequence[Row]) -> str:
    states = [day["state"] for day in days]
    return ", ".join(f"{states.count(code)} {told}" for code, told in _TOLD.items() if code in states)
