"""The chart of what was revised, as Vega-Lite."""

from include.serving.dashboard import vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec

REVISED = (
    ("material", "Materially: a fuel by more than 10 MW, or the intensity by more than 5 g/kWh", "#0072b2"),
    ("rounding", "By rounding only", "#56b4e9"),
)


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
