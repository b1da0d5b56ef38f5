"""Charts of a forecast and of its errors, as Vega-Lite."""

from collections.abc import Sequence

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec

FORESEEN_COLOUR, OUTTURN_COLOUR = "#0072b2", "#d55e00"
# What each model is drawn in; one that is new takes the last.
COLOURS = {
    "published": "#000000",
    "naive_day": "#999999",
    "naive_week": "#cc79a7",
    "ridge": "#0072b2",
    "chronos": "#009e73",
    "fracast": "#e69f00",
}
OTHER_COLOUR = "#56b4e9"
LEADS = ["0-6 h", "6-24 h", "24-48 h"]


def colour_of(model: str) -> str:
    """Return the colour of a model."""
    return COLOURS.get(model, OTHER_COLOUR)


def fan(unit: str) -> Spec:
    """Return the quantiles 10 to 90 (an area), the quantile 50 (a line) and what came (another)."""
    x = vega.time(Interval.HALF_HOUR)
    axis = {"title": unit, "format": ",.0f"}
    within = {
        "mark": {"type": "area", "opacity": 0.25, "color": FORESEEN_COLOUR},
        "encoding": {
            "x": x,
            "y": {"field": "quantile_10", "type": "quantitative", "axis": axis},
            "y2": {"field": "quantile_90"},
        },
    }
    tips = [
        ("quantile_90", f"90 % ({unit})", ",.0f"),
        ("quantile_50", f"50 % ({unit})", ",.0f"),
        ("quantile_10", f"10 % ({unit})", ",.0f"),
        ("outturn", f"What came ({unit})", ",.0f"),
    ]
    middle = _line(x, "quantile_50", axis, FORESEEN_COLOUR)
    came = _line(x, "outturn", axis, OUTTURN_COLOUR)
    ruler = timeline.ruler(Interval.HALF_HOUR, tips, "quantile_50", "outturn")
    return vega.chart([within, middle, came, ruler])


def _line(x: Spec, column: str, axis: Spec, colour: str) -> Spec:
    y = {"field": column, "type": "quantitative", "axis": axis}
    return {
        "transform": [{"filter": f"isValid(datum.{column})"}],
        "mark": {**timeline.LINE, "color": colour},
        "encoding": {"x": x, "y": y},
    }


def error_by_lead(unit: str, models: Sequence[str]) -> Spec:
    """Return the mean absolute error of each model by how far ahead, a line for each."""
    x = {"field": "lead_bucket", "type": "ordinal", "sort": LEADS, "axis": {"title": "ahead", "labelAngle": 0}}
    y = {"field": "mae", "type": "quantitative", "axis": {"title": f"MAE ({unit})", "format": ",.0f"}}
    tips = [vega.tip("mae", f"Mean absolute error ({unit})", ",.1f"), vega.tip("half_hours", "Half-hours", ",")]
    return vega.chart([_of_models(x, y, models, tips)], height=220)


def calibration(models: Sequence[str]) -> Spec:
    """Return how often what came was at most each quantile (percent), and the line on which that is right."""
    ends = {"scale": {"domain": [0, 100]}, "type": "quantitative"}
    x = {"field": "quantile_pct", **ends, "axis": {"title": "quantile (%)", "values": [10, 50, 90]}}
    y = {"field": "at_most_pct", **ends, "axis": {"title": "came below (%)", "values": [10, 50, 90]}}
    right = {
        "data": {"values": [{"quantile_pct": 0, "at_most_pct": 0}, {"quantile_pct": 100, "at_most_pct": 100}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "#888888", **vega.UNNAMED},
        "encoding": {"x": x, "y": y},
    }
    tips = [vega.tip("at_most_pct", "At most the quantile (%)", ".1f"), vega.tip("half_hours", "Half-hours", ",")]
    return vega.chart([right, _of_models(x, y, models, tips)], height=220)


def _of_models(x: Spec, y: Spec, models: Sequence[str], tips: Sequence[Spec]) -> Spec:
    colours = {"domain": list(models), "range": [colour_of(model) for model in models]}
    return {
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 40}},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"field": "model", "type": "nominal", "scale": colours, "legend": None},
            "tooltip": [{"field": "model", "title": "Model", "type": "nominal"}, *tips],
        },
    }
