"""Charts of coverage and checks, as Vega-Lite."""

from include.serving.dashboard import vega
from include.serving.dashboard.vega import Spec
from include.serving.day_state import DAY_STATES

OUTCOMES = {"held": "#009e73", "failed": "#d55e00"}
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def calendar(year: int) -> Spec:
    """Return a year as weeks by weekdays, each day in the colour of its state."""
    cells = {
        "mark": {"type": "rect", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "week",
                "type": "ordinal",
                "scale": {"domain": list(range(1, 55)), "paddingInner": 0.14},
                "axis": {"title": None, "labels": False, "ticks": False, "domain": False},
            },
            "y": {
                "field": "weekday",
                "type": "ordinal",
                "scale": {"domain": WEEKDAYS, "paddingInner": 0.14},
                "axis": {"title": str(year), "domain": False, "ticks": False},
            },
            "color": vega.colour(DAY_STATES) | {"field": "state"},
            "tooltip": [
                {"field": "when", "title": "Day", "type": "nominal"},
                {"field": "state", "title": "State", "type": "nominal"},
                vega.tip("expected_half_hours", "Expected", ","),
                vega.tip("present_half_hours", "Present", ","),
                vega.tip("missing_half_hours", "Missing", ","),
                vega.tip("not_asked_half_hours", "Never asked for", ","),
                vega.tip("known_gap_half_hours", "Known gaps", ","),
                vega.tip("rejected_half_hours", "Rejected", ","),
                vega.tip("revised_half_hours", "Revised", ","),
                vega.tip("not_yet_published_half_hours", "Not yet published", ","),
            ],
        },
    }
    return vega.chart([cells], height=150)


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
