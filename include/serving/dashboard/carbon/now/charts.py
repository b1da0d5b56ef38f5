"""Charts of the intensity over time, the mix and tomorrow, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.carbon.fuels import TIPS, TRACES
from include.serving.dashboard.carbon.intensity import ACTUAL_COLOUR, FORECAST_COLOUR
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

INTENSITY: tuple[Trace, ...] = (
    ("actual_g_per_kwh", "Actual", ACTUAL_COLOUR),
    ("forecast_g_per_kwh", "Forecast, as last issued before", FORECAST_COLOUR),
)
BEST_COLOUR, OTHER_COLOUR = "#009e73", "#a8a8a8"


def actual_and_forecast(interval: Interval) -> Spec:
    """Return the actual (a line) and the forecast (dashes), in g CO2 per kWh."""
    columns = [column for column, _, _ in INTENSITY]
    lines = timeline.lines(interval, INTENSITY, {"title": "g CO₂/kWh"}, dashed={"forecast_g_per_kwh"})
    tips = [
        ("actual_g_per_kwh", "Actual (g/kWh)", ".0f"),
        ("forecast_g_per_kwh", "Forecast, as last issued before (g/kWh)", ".0f"),
        ("day_ahead_forecast_g_per_kwh", "Forecast of a day before (g/kWh)", ".0f"),
    ]
    return vega.chart([*lines, timeline.ruler(interval, tips, *columns)])


def supply_mix(interval: Interval, points: int) -> Spec:
    """Return the stack of fuels in percent."""
    y = {"axis": {"title": "%", "format": ".0f"}, "scale": {"domain": [0, 100]}}
    tips = [*TIPS, ("remainder_pct", "Left to 100 (%)", "+.1f")]
    shares = [column for column, _, _ in TRACES]
    return vega.chart([*timeline.stack(interval, points, TRACES, y), timeline.ruler(interval, tips, *shares)])


def tomorrow() -> Spec:
    """Return what is foreseen of each half-hour of a day (g CO2 per kWh), the best hours in their colour."""
    bars = {
        # A bar between two instants would lie on its side.
        "mark": {"type": "rect"},
        "encoding": {
            "x": vega.time(Interval.HALF_HOUR),
            "x2": {"field": "bucket_until_at"},
            "y": {"field": "forecast_g_per_kwh", "type": "quantitative", "axis": {"title": "g CO₂/kWh"}},
            "y2": {"datum": 0},
            "color": {"condition": {"test": "datum.is_best", "value": BEST_COLOUR}, "value": OTHER_COLOUR},
            "tooltip": [
                {"field": "when", "title": "When", "type": "nominal"},
                vega.tip("forecast_g_per_kwh", "Forecast (g/kWh)", ".0f"),
                {"field": "intensity_index", "title": "Index", "type": "nominal"},
            ],
        },
    }
    return vega.chart([bars], height=200)
