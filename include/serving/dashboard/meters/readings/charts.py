"""Charts of readings that are held, missing, or belong to nobody, as Vega-Lite."""

from include.serving.dashboard.meters.charts import (
    BAD_COLOUR,
    GOOD_COLOUR,
    IDLE_COLOUR,
    WARNING_COLOUR,
    stacked,
)
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

HELD: tuple[Trace, ...] = (
    ("readings", "Held", GOOD_COLOUR),
    ("missing", "Missing", BAD_COLOUR),
    ("not_begun", "Before the first reading of all meters", IDLE_COLOUR),
)
UNASSIGNED: tuple[Trace, ...] = (
    ("known_kwh", "Of meters that the reference knows", WARNING_COLOUR),
    ("unknown_kwh", "Of meters that it does not know", BAD_COLOUR),
)


def held(interval: Interval, points: int) -> Spec:
    """Return how many half-hours of meters are held, missing, or lie before the first of all."""
    tips: list[Tip] = [
        ("readings", "Held", ","),
        ("missing", "Missing", ","),
        ("not_begun", "Before the first", ","),
        ("zero_readings", "Zeros among those held", ","),
        ("days_with_gaps", "Days of meters with gaps", ","),
    ]
    return stacked(interval, points, HELD, {"title": "half-hours", "format": "~s"}, tips)


def unassigned(interval: Interval, points: int) -> Spec:
    """Return what was used without an agreement (kWh)."""
    tips: list[Tip] = [
        ("known_kwh", "Known to the reference (kWh)", ",.3f"),
        ("unknown_kwh", "Not known to it (kWh)", ",.3f"),
        ("readings", "Readings", ","),
        ("meters", "Meters", ","),
    ]
    return stacked(interval, points, UNASSIGNED, {"title": "kWh"}, tips)
