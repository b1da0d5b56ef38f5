"""Charts of what was foreseen against what came, and of errors by lead, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.market.foreseen.queries import LONGEST_LEAD_H
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

COMPARED: tuple[Trace, ...] = (
    ("outturn_mw", "What came", "#0072b2"),
    ("forecast_mw", "Last forecast before it", "#e69f00"),
)
ERRORS: tuple[Trace, ...] = (
    ("mean_absolute_error_mw", "Mean absolute error", "#d55e00"),
    ("mean_error_mw", "Mean error, above zero where too much was foreseen", "#009e73"),
)


def compared(interval: Interval) -> Spec:
    """Return what came (a line) and what was last foreseen of it (dashes), in MW."""
    axis = {"title": "MW", "format": ",.0f"}
    lines = timeline.lines(interval, COMPARED, axis, dashed={"forecast_mw"})
    tips = [(column, f"{name} (MW)", ",.0f") for column, name, _ in COMPARED]
    return vega.chart([*lines, timeline.ruler(interval, tips, "outturn_mw")], height=260)


def error_by_lead() -> Spec:
    """Return the mean absolute and the mean error (MW) by how many hours before forecasts stood."""
    x = {
        "field": "lead_hours",
        "type": "quantitative",
        "scale": {"domain": [0, LONGEST_LEAD_H], "nice": False},
        "axis": {"title": "hours before", "values": list(range(0, LONGEST_LEAD_H + 1, 6)), "grid": False},
    }
    lines = {
        "transform": vega.one_by_one(ERRORS),
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 25}},
        "encoding": {
            "x": x,
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "MW", "format": ",.0f"}},
            "color": vega.colour(ERRORS),
        },
    }
    tips = [
        ("mean_absolute_error_mw", "Mean absolute error (MW)", ",.0f"),
        ("mean_error_mw", "Mean error (MW)", "+,.0f"),
        ("half_hours", "Half-hours", ","),
    ]
    told = vega.told("Lead", f"{vega.POINTED}.lead_hours + ' h'", tips)
    return vega.chart([lines, vega.ruler(x, told)], height=200)
