"""How a settlement day stands, on every screen: one of five states, the gravest of what it is."""

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
    DayState("partial", "Not over yet", "#c8c8c8"),
    DayState("revised", "Complete, revised since", "#56b4e9"),
    DayState("complete", "Complete", "#009e73"),
)
# An expression over a row of `analytics.daily_coverage`.
CODE = """
    case
        when rejected_half_hours > 0 then 'rejected'
        when missing_half_hours > 0 then 'missing'
        when not_yet_published_half_hours > 0 then 'partial'
        when revised_half_hours > 0 then 'revised'
        else 'complete'
    end
"""
