"""Charts of the frequency and of the day by five minutes, as Vega-Lite."""

import pyarrow as pa

from include.serving.dashboard import fuels, timeline, vega
from include.serving.dashboard.grid_now.now.queries import FUELS
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

FREQUENCY_COLOUR, OPERATIONAL_COLOUR, STATUTORY_COLOUR = "#0072b2", "#e69f00", "#d55e00"
OPERATIONAL_HZ, STATUTORY_HZ = (49.8, 50.2), (49.5, 50.5)
_MARGIN_HZ = 0.03
_COLOURS = {fuel.code: fuel.colour for fuel in fuels.STACK}
_OF_FUELS: dict[str, Trace] = {fuel.code: (fuel.column, fuel.name, fuel.colour) for fuel in FUELS}
# From the ground up, as on the other pages; what goes out is stacked below zero.
TRACES: tuple[Trace, ...] = (
    *(_OF_FUELS[code] for code in ("nuclear", "biomass", "hydro", "wind")),
    ("imports_mw", "Net imports", _COLOURS["imports"]),
    *(_OF_FUELS[code] for code in ("gas", "coal")),
    ("storage_mw", "Pumped storage", _COLOURS["storage"]),
    _OF_FUELS["other"],
    ("pumping_mw", "Pumping", "#6f63c7"),
    ("exports_mw", "Net exports", "#c0507f"),
)
TIPS: tuple[Tip, ...] = (
    ("generation_mw", "Generation (MW)", ",.0f"),
    *((column, f"{name} (MW)", ",.0f") for column, name, _ in reversed(TRACES)),
)


def power_by_fuel(points: int) -> Spec:
    """Return the stack of fuels in MW, what cables bring on the whole among them."""
    y = {"axis": {"title": "MW", "format": ",.0f"}}
    bands = timeline.stack(Interval.FIVE_MINUTES, points, TRACES, y)
    return vega.chart([*bands, timeline.ruler(Interval.FIVE_MINUTES, TIPS, "generation_mw")])


def range_hz(hour: pa.Table) -> tuple[float, float]:
    """Return the ends of the axis of frequency: those within which it is kept, and what was beyond them."""
    lowest = [each for each in hour["min_hz"].to_pylist() if each is not None]
    highest = [each for each in hour["max_hz"].to_pylist() if each is not None]
    low, high = OPERATIONAL_HZ
    return round(min(low, *lowest) - _MARGIN_HZ, 3), round(max(high, *highest) + _MARGIN_HZ, 3)


def frequency(ends_hz: tuple[float, float]) -> Spec:
    """Return the mean (a line), the span from lowest to highest (a band), and the limits that are in view (Hz)."""
    x = {
        "field": "started_at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": "UTC", "grid": False, "labelOverlap": True, "format": "%H:%M"},
    }
    scale = {"domain": list(ends_hz), "zero": False, "nice": False}
    y = {"type": "quantitative", "scale": scale, "axis": {"title": "Hz", "format": ".2f"}}
    band = {
        "mark": {"type": "area", "color": FREQUENCY_COLOUR, "opacity": 0.28, **vega.UNNAMED},
        "encoding": {"x": x, "y": {**y, "field": "min_hz"}, "y2": {"field": "max_hz"}},
    }
    line = {
        "mark": {"type": "line", "color": FREQUENCY_COLOUR, "strokeWidth": 2},
        "encoding": {"x": x, "y": {**y, "field": "mean_hz"}},
    }
    tips = [("mean_hz", "Mean (Hz)", ".3f"), ("min_hz", "Lowest (Hz)", ".3f"), ("max_hz", "Highest (Hz)", ".3f")]
    ruler = vega.ruler(x, vega.told("When", f"{vega.POINTED}.when", tips))
    return vega.chart([band, *_limits(ends_hz, y), line, ruler], height=260)


def _limits(ends_hz: tuple[float, float], y: Spec) -> list[Spec]:
    low, high = ends_hz
    return [
        {
            "data": {"values": [{"limit_hz": limit} for limit in limits if low <= limit <= high]},
            "mark": {"type": "rule", "color": colour, "strokeDash": [6, 4], "strokeWidth": 1.5, **vega.UNNAMED},
            "encoding": {"y": {**y, "field": "limit_hz"}},
        }
        for limits, colour in ((OPERATIONAL_HZ, OPERATIONAL_COLOUR), (STATUTORY_HZ, STATUTORY_COLOUR))
    ]


FREQUENCY_LEGEND = (
    ("Mean of each minute, and its lowest to highest", FREQUENCY_COLOUR),
    ("Operational limits, 49.8 and 50.2 Hz", OPERATIONAL_COLOUR),
    ("Statutory limits, 49.5 and 50.5 Hz, where in view", STATUTORY_COLOUR),
)
