"""The calendar of a dataset: a cell a day, and the same in words."""

from collections.abc import Sequence

from include.serving.grid.queries import Row

STATES = {
    "complete": "complete",
    "revised": "complete, revised since",
    "missing": "half-hours missing",
    "rejected": "rows rejected",
    "partial": "not over yet",
}


def calendar(days: Sequence[Row], *, name: str) -> str:
    """Return a cell a day, weeks from left to right; the days come newest first."""
    if not days:
        return ""
    ordered = list(reversed(days))
    before = '<i class="none"></i>' * ordered[0]["settlement_date"].weekday()
    cells = "".join(_cell(day) for day in ordered)
    legend = "".join(f'<span><i class="{state}"></i>{told}</span> ' for state, told in STATES.items())
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="Calendar of {name}">'
        f'<div class="calendar" role="img" aria-label="Coverage by day, in words below">{before}{cells}</div></div>'
        f'<p class="legend soft">{len(days)} day{"" if len(days) == 1 else "s"}: {_in_words(days)}. {legend}</p>'
    )


def _cell(day: Row) -> str:
    told = f"{day['settlement_date']}: {day['present_half_hours']} of {day['expected_half_hours']}"
    return f'<i class="{state(day)}" title="{told}, {STATES[state(day)]}"></i>'


def state(day: Row) -> str:
    """Return how a day is drawn: the gravest of what it is."""
    graver = ("rejected", "missing")
    for each in graver:
        if day[f"{each}_half_hours"]:
            return each
    if day["not_yet_published_half_hours"]:
        return "partial"
    return "revised" if day["revised_half_hours"] else "complete"


def _in_words(days: Sequence[Row]) -> str:
    states = [state(day) for day in days]
    return ", ".join(f"{states.count(each)} {name}" for each, name in STATES.items() if each in states)
