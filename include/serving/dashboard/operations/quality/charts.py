"""Charts of coverage and checks, as Vega-Lite."""

from include.serving.dashboard import vega
from include.serving.dashboard.operations import year_of_days
from include.serving.dashboard.vega import Spec, Tip
from include.serving.day_state import DAY_STATES

OUTCOMES = {"held": "#009e73", "failed": "#d55e00"}
COUNTS: tuple[Tip, ...] = (
    ("expected_half_hours", "Expected", ","),
    ("present_half_hours", "Present", ","),
    ("missing_half_hours", "Missing", ","),
    ("not_asked_half_hours", "Never asked for", ","),
    ("known_gap_half_hours", "Known gaps", ","),
    ("rejected_half_hours", "Rejected", ","),
    ("revised_half_hours", "Revised", ","),
    ("not_yet_published_half_hours", "Not yet published", ","),
)


def calendar(year: int) -> Spec:
    """Return a year as weeks by weekdays, each day in the colour of its state."""
    return year_of_days.chart(year, DAY_STATES, COUNTS)


def observed_values() -> Spec:
    """Return what one check measured, run by run, where it measured more than one figure."""
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "x": {"field": "judged_at", "type": "temporal", "scale": {"type": "utc"}, "axis": {"title": "UTC"}},
            "y": {"field": "observed", "type": "quantitative", "axis": {"title": "observed"}, "scale": {"zero": False}},
            "color": _outcome(),
            "shape": {"field": "outcome", "type": "nominal", "legend": {"title": None, "orient": "bottom"}},
            "tooltip": [
                {"field": "judged_at", "title": "Judged at", "type": "temporal", "format": "%Y-%m-%d %H:%M"},
                vega.tip("observed", "Observed", ",.4~f"),
                {"field": "outcome", "title": "Outcome", "type": "nominal"},
            ],
        },
    }
    return vega.chart([points], height=220)


def _outcome() -> Spec:
    scale = {"domain": list(OUTCOMES), "range": list(OUTCOMES.values())}
    return {"field": "outcome", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "bottom"}}
