"""How a settlement day stands, on every screen: one of seven states, the gravest of what it is."""

from typing import NamedTuple


class DayState(NamedTuple):
    """A state, the words for it, and its colour, which colour-blind readers can tell from the others."""

    code: str
    told: str
    colour: str


# The gravest first.
DAY_STATES = (
    DayState("rejected", "Rows rejected", "#882255"),
    DayState("missing", "Half-hours missing", "#d55e00"),
    DayState("not_asked", "Never asked for, in part or whole", "#ddcc77"),
    DayState("known_gap", "Lacking at its publisher for ever", "#6c5fc7"),
    DayState("partial", "Not over yet", "#c8c8c8"),
    DayState("revised", "Complete, revised since", "#56b4e9"),
    DayState("complete", "Complete", "#009e73"),
)
# An expression over a row of `analytics.daily_coverage`.
CODE = """
    case
        when rejected_half_hours > 0 then 'rejected'
        when missing_half_hours > 0 then 'missing'
        when not_asked_half_hours > 0 then 'not_asked'
        when known_gap_half_hours > 0 then 'known_gap'
        when not_yet_published_half_hours > 0 then 'partial'
        when revised_half_hours > 0 then 'revised'
        else 'complete'
    end
"""
