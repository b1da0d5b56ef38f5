"""Charts of consumption over time and by the hour of the day, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.meters.charts import CONSUMPTION_COLOUR
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

CONSUMPTION: tuple[Trace, ...] = (("consumption_kwh", "Consumption", CONSUMPTION_COLOUR),)
CHANGE: tuple[Trace, ...] = (("change_kwh", "Known now minus known then", "#b0569b"),)
_TIPS: tuple[Tip, ...] = (
    ("consumption_kwh", "All meters (kWh)", ",.3f"),
    ("meter_consumption_kwh", "A mean meter (kWh)", ".3f"),
    ("meters", "Meters", ","),
    ("readings", "Readings", ","),
)
_ROW_PX, _SMALLEST_ROW_PX, _FEW_ROWS = 26, 9, 14
# Axis and legend.
_BELOW_PX = 150


def consumption(interval: Interval, points: int, *, height: int = vega.HEIGHT) -> Spec:
    """Return what all meters used (kWh)."""
    stack = timeline.stack(interval, points, CONSUMPTION, {"axis": {"title": "kWh"}})
    return vega.chart([*stack, timeline.ruler(interval, _TIPS, "consumption_kwh")], height=height)


def change(interval: Interval) -> Spec:
    """Return by how much the consumption has changed (kWh)."""
    tips = [("change_kwh", "Change (kWh)", "+,.3f"), *_TIPS]
    lines = timeline.lines(interval, CHANGE, {"title": "kWh"})
    return vega.chart([*lines, timeline.ruler(interval, tips, "change_kwh")], height=240)


def by_hour(rows: int) -> Spec:
    """Return what a mean meter used in each hour of the day, in colours from little to much."""
    tips = [
        ("meter_consumption_kwh", "kWh per meter and hour", ".3f"),
        ("meters", "Meters", ","),
        ("half_hours", "Half-hours", ","),
    ]
    cells = {
        "mark": {"type": "rect", "cornerRadius": 2, **vega.told("When", f"{vega.POINTED}.when", tips)},
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "scale": {"domain": list(range(24)), "paddingInner": 0.06},
                "axis": {
                    "title": "hour of the day in London",
                    "labelAngle": 0,
                    "labelExpr": "datum.value % 3 ? '' : format(datum.value, '02d')",
                    "ticks": False,
                    "domain": False,
                },
            },
            "y": {
                "field": "row",
                "type": "ordinal",
                "sort": None,
                "scale": {"paddingInner": 0.06},
                "axis": {"title": None, "ticks": False, "domain": False, "labelOverlap": True},
            },
            "color": {
                "field": "meter_consumption_kwh",
                "type": "quantitative",
                # Of matplotlib's: even steps of lightness, which everybody can tell apart.
                "scale": {"scheme": "viridis"},
                "legend": {"title": "kWh per meter and hour", "orient": "bottom", "gradientLength": 220},
            },
        },
    }
    row_px = _ROW_PX if rows <= _FEW_ROWS else max(_SMALLEST_ROW_PX, _FEW_ROWS * _ROW_PX // rows)
    return vega.chart([cells], height=rows * row_px + _BELOW_PX)
