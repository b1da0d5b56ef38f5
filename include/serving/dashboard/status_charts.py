"""Charts of how data and pipeline fare, as Vega-Lite: revisions, coverage, checks, runs."""

from include.serving.dashboard import vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec
from include.serving.day_state import DAY_STATES

REVISED = (
    ("material", "Materially: a fuel by more than 10 MW, or the intensity by more than 5 g/kWh", "#0072b2"),
    ("rounding", "By rounding only", "#56b4e9"),
)
STATUSES = {
    "success": "#009e73",
    "failed": "#d55e00",
    "lost": "#882255",
    "skipped": "#a8a8a8",
    "superseded": "#56b4e9",
    "running": "#f0d442",
}


WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def revised_half_hours(interval: Interval) -> Spec:
    """Return for each day, month or year how many half-hours have changed since they were first published."""
    day = {"timeUnit": "utcyearmonthdate"} if interval is Interval.DAY else {}
    bars = {
        "transform": vega.one_by_one(REVISED),
        "mark": {"type": "bar"},
        "encoding": {
            "x": vega.time(interval) | day,
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "half-hours"}, "stack": "zero"},
            "order": {"field": "place", "type": "quantitative"},
            "color": vega.colour(REVISED),
            "tooltip": [
                {"field": "when", "title": "When", "type": "nominal"},
                vega.tip("material", "Materially", ","),
                vega.tip("rounding", "By rounding", ","),
                vega.tip("unchanged", "Unchanged", ","),
                vega.tip("largest_fuel_change_mw", "Greatest change (MW)", ",.0f"),
            ],
        },
    }
    return vega.chart([bars], height=200)


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
                vega.tip("rejected_half_hours", "Rejected", ","),
                vega.tip("revised_half_hours", "Revised", ","),
                vega.tip("not_yet_published_half_hours", "Not yet published", ","),
            ],
        },
    }
    return vega.chart([cells], height=150)


def observed_values() -> Spec:
    """Return what one check measured, run by run."""
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
    scale = {"domain": ["held", "failed"], "range": [STATUSES["success"], STATUSES["failed"]]}
    return {"field": "outcome", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "bottom"}}


def durations() -> Spec:
    """Return how long runs took on average, by when they began, in the colour of their status."""
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "x": {"field": "started_at", "type": "temporal", "scale": {"type": "utc"}, "axis": {"title": "UTC"}},
            "y": {"field": "duration_s", "type": "quantitative", "axis": {"title": "seconds"}},
            "color": {
                "field": "status",
                "type": "nominal",
                "scale": {"domain": list(STATUSES), "range": list(STATUSES.values())},
                "legend": None,
            },
            "tooltip": [
                {"field": "started_at", "title": "Started from", "type": "temporal", "format": "%Y-%m-%d %H:%M"},
                {"field": "status", "title": "Status", "type": "nominal"},
                vega.tip("duration_s", "Seconds on average", ",.1f"),
            ],
        },
    }
    return vega.chart([points], height=180)
