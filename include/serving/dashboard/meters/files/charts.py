"""The chart of files by their outcome, as Vega-Lite."""

from include.serving.dashboard.meters.charts import BAD_COLOUR, GOOD_COLOUR, IDLE_COLOUR, WARNING_COLOUR, bars
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

OUTCOMES: tuple[Trace, ...] = (
    ("held", "Held", GOOD_COLOUR),
    ("unchanged", "Unchanged", IDLE_COLOUR),
    ("failed", "Failed: read again", WARNING_COLOUR),
    ("refused", "Refused until it changes", BAD_COLOUR),
)


def outcomes(interval: Interval) -> Spec:
    """Return how many files came to what."""
    tips: list[Tip] = [
        *((column, name, ",") for column, name, _ in OUTCOMES),
        ("fetched", "Rows in them", ","),
        ("rejected", "Rejected of these", ","),
    ]
    return bars(interval, OUTCOMES, {"title": "files", "format": "~s", "tickMinStep": 1}, tips)
