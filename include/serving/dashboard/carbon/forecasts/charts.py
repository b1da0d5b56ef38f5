"""Charts of forecasts by issue and of their errors, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.carbon.intensity import ACTUAL_COLOUR, FORECAST_COLOUR
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

# From the oldest issue to the newest; both can be seen on light and on dark paper.
OLDEST_COLOUR, NEWEST_COLOUR = "#9ecae1", "#2171b5"
THEN: tuple[Trace, ...] = (
    ("actual_g_per_kwh", "What came: the actual", ACTUAL_COLOUR),
    ("forecast_g_per_kwh", "The forecast as it stood then", FORECAST_COLOUR),
)
ERROR: Trace = ("mean_absolute_error_g_per_kwh", "Mean absolute error (g/kWh)", NEWEST_COLOUR)


def fan() -> Spec:
    """Return a line for each issue, the older the paler, and the actual (g CO2 per kWh)."""
    x = vega.time(Interval.HALF_HOUR)
    axis = {"title": "g CO₂/kWh"}
    issued = {
        "transform": [{"filter": "isValid(datum.issued_at)"}],
        "mark": {"type": "line", "strokeWidth": 1.3, "opacity": 0.9, **vega.UNNAMED},
        "encoding": {
            "x": x,
            "y": {"field": "forecast_g_per_kwh", "type": "quantitative", "axis": axis},
            "detail": {"field": "issued_at", "type": "temporal"},
            "color": {
                "field": "issued_at",
                "type": "temporal",
                "scale": {"type": "time", "range": [OLDEST_COLOUR, NEWEST_COLOUR]},
                "legend": None,
            },
        },
    }
    actual = {
        "transform": [{"filter": "!isValid(datum.issued_at)"}],
        "mark": {**timeline.LINE, "strokeWidth": 2.6, "color": ACTUAL_COLOUR},
        "encoding": {"x": x, "y": {"field": "actual_g_per_kwh", "type": "quantitative", "axis": axis}},
    }
    tips = [
        ("actual_g_per_kwh", "Actual (g/kWh)", ".0f"),
        ("last_g_per_kwh", "Forecast, as last issued before (g/kWh)", ".0f"),
        ("day_ahead_forecast_g_per_kwh", "Forecast of a day before (g/kWh)", ".0f"),
    ]
    ruler = timeline.ruler(Interval.HALF_HOUR, tips, "actual_g_per_kwh", "last_g_per_kwh")
    return vega.chart([issued, actual, ruler]) | {"resolve": {"scale": {"color": "independent"}}}


def error_by_lead() -> Spec:
    """Return the mean absolute error (g CO2 per kWh) of forecasts by how many hours before they stood."""
    column, title, colour = ERROR
    x = {
        "field": "lead_hours",
        "type": "quantitative",
        "scale": {"domain": [0, 48], "nice": False},
        "axis": {"title": "hours before the half-hour", "values": list(range(0, 49, 6)), "grid": False},
    }
    line = {
        "mark": {"type": "line", "color": colour, "strokeWidth": 2, "point": {"color": colour, "size": 30}},
        "encoding": {"x": x, "y": {"field": column, "type": "quantitative", "axis": {"title": "g CO₂/kWh"}}},
    }
    tips = [
        (column, title, ".1f"),
        ("mean_error_g_per_kwh", "Mean error (g/kWh)", "+.1f"),
        ("half_hours", "Half-hours", ","),
    ]
    told = vega.told("Lead", f"{vega.POINTED}.lead_hours + ' h'", tips)
    return vega.chart([line, vega.ruler(x, told)], height=220)


def known_then() -> Spec:
    """Return the forecast as it stood at an instant (dashes) against the actual (a line), in g CO2 per kWh."""
    lines = timeline.lines(Interval.HALF_HOUR, THEN, {"title": "g CO₂/kWh"}, dashed={"forecast_g_per_kwh"})
    tips = [
        ("forecast_g_per_kwh", "Forecast then (g/kWh)", ".0f"),
        ("actual_g_per_kwh", "Actual (g/kWh)", ".0f"),
        ("lead_hours", "Known before (h)", ".1f"),
    ]
    ruler = timeline.ruler(Interval.HALF_HOUR, tips, "forecast_g_per_kwh", "actual_g_per_kwh")
    return vega.chart([*lines, ruler], height=260)
