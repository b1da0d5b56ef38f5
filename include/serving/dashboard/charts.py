"""Charts of the mix over time, as Vega-Lite."""

from collections.abc import Sequence

from include.serving.dashboard import vega
from include.serving.dashboard.fuels import (
    CARBON_COLOUR,
    INTENSITY_COLOUR,
    STACK,
    UNCLASSIFIED_COLOUR,
    ZERO_CARBON_COLOUR,
)
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec

PROVISIONAL_COLOUR = "#e69f00"
# More would be narrower than the gaps between them, and each is a shape to draw and to read out.
MOST_BARS = 60
LINES = {"type": "line", "interpolate": "linear", "strokeWidth": 2}
BALANCE = (
    ("zero_carbon_mw", "Zero-carbon", ZERO_CARBON_COLOUR),
    ("carbon_mw", "Carbon", CARBON_COLOUR),
    ("unclassified_mw", "Imports, storage and rounding", UNCLASSIFIED_COLOUR),
)


def power_by_fuel(interval: Interval, points: int) -> Spec:
    """Return the stack of fuels in MW."""
    return _stack(interval, points, "_mw", {"title": "MW", "format": ",.0f"})


def share_by_fuel(interval: Interval, points: int) -> Spec:
    """Return the stack of fuels in percent of the total."""
    return _stack(interval, points, "_pct", {"title": "%", "format": ".0f"}, domain=(0, 100))


def carbon_balance(interval: Interval) -> Spec:
    """Return zero-carbon against carbon power, in MW."""
    lines = {
        "transform": vega.one_by_one(BALANCE),
        "mark": LINES,
        "encoding": {
            "x": vega.time(interval),
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "MW", "format": ",.0f"}},
            "color": vega.colour(BALANCE),
        },
    }
    tips = [vega.tip(column, f"{name} (MW)", ",.0f") for column, name, _ in BALANCE]
    return vega.chart([_provisional(), lines, _ruler(interval, tips)])


def share_and_intensity(interval: Interval) -> Spec:
    """Return the zero-carbon share (left) against the carbon intensity (right)."""
    series: tuple[tuple[str, str, str, str, list[int]], ...] = (
        ("zero_carbon_pct", "Zero-carbon (%)", ZERO_CARBON_COLOUR, "left", []),
        ("carbon_intensity_g_per_kwh", "Carbon intensity (g CO₂/kWh)", INTENSITY_COLOUR, "right", [5, 3]),
    )
    lines: list[Spec] = [
        {
            "mark": {"type": "line", "color": colour, "strokeWidth": 2, "strokeDash": dash},
            "encoding": {
                "x": vega.time(interval),
                "y": {
                    "field": column,
                    "type": "quantitative",
                    "scale": {"zero": True},
                    "axis": {"title": title, "titleColor": colour, "orient": orient, "grid": orient == "left"},
                },
            },
        }
        for column, title, colour, orient, dash in series
    ]
    tips = [vega.tip(column, title, ".1f") for column, title, _, _, _ in series]
    layers: list[Spec] = [{"layer": [_provisional(), lines[0], _ruler(interval, tips)]}, lines[1]]
    return vega.chart(layers) | {"resolve": {"scale": {"y": "independent"}}}


def difference_by_fuel(interval: Interval) -> Spec:
    """Return, for each fuel, MW as published now minus MW as known then."""
    fuels = _fuels("_mw")
    lines = {
        "transform": vega.one_by_one(fuels),
        "mark": LINES,
        "encoding": {
            "x": vega.time(interval),
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "MW, now minus then", "format": "+,.0f"}},
            "color": vega.colour(fuels),
        },
    }
    tips = [vega.tip(fuel.column, f"{fuel.name} (MW)", "+,.0f") for fuel in reversed(STACK)]
    return vega.chart([lines, _ruler(interval, tips)], height=240)


def _stack(interval: Interval, points: int, suffix: str, axis: Spec, *, domain: Sequence[float] | None = None) -> Spec:
    fuels = _fuels(suffix)
    scale = {"scale": {"domain": list(domain)}} if domain else {}
    areas = {
        "transform": vega.one_by_one(fuels),
        "mark": _bands(interval, points),
        "encoding": {
            "x": vega.time(interval),
            "y": {"field": "value", "type": "quantitative", "stack": "zero", "axis": axis, **scale},
            "order": {"field": "place", "type": "quantitative"},
            "color": vega.colour(fuels),
        },
    }
    unit = "MW" if suffix == "_mw" else "%"
    form = ",.0f" if suffix == "_mw" else ".1f"
    tips = [vega.tip(f"{fuel.code}{suffix}", f"{fuel.name} ({unit})", form) for fuel in reversed(STACK)]
    total = [vega.tip("generation_mw", "Total (MW)", ",.0f"), vega.tip("energy_mwh", "Energy (MWh)", ",.0f")]
    return vega.chart([areas, _provisional(), _ruler(interval, [*total, *tips])])


def _bands(interval: Interval, points: int) -> Spec:
    """Return how a stack is drawn: months and years stand by themselves, as bars, while bars can be told apart."""
    is_bars = interval in (Interval.MONTH, Interval.YEAR) and points <= MOST_BARS
    return {"type": "bar"} if is_bars else {"type": "area", "interpolate": "linear"}


def _fuels(suffix: str) -> list[tuple[str, str, str]]:
    return [(f"{fuel.code}{suffix}", fuel.name, fuel.colour) for fuel in STACK]


def _ruler(interval: Interval, tips: Sequence[Spec]) -> Spec:
    """Return what follows the pointer: a line at the nearest point, and all its figures. Shift and wheel zoom."""
    pointed = {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout", "encodings": ["x"]}
    zoomed = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"}
    return {
        "params": [
            {"name": "pointed", "select": pointed},
            {"name": vega.ZOOM, "select": zoomed, "bind": "scales"},
        ],
        # A name for every point would be read out one by one; the figures behind the charts are a table below them.
        "mark": {"type": "rule", "strokeWidth": 1.2, "color": "#888888", "aria": False},
        "encoding": {
            "x": vega.time(interval),
            "opacity": {"condition": {"param": "pointed", "empty": False, "value": 0.9}, "value": 0},
            "tooltip": [{"field": "when", "title": "When", "type": "nominal"}, *tips],
        },
    }


def _provisional() -> Spec:
    """Return the band over the half-hours that the publisher may still rewrite."""
    return {
        "transform": [
            {"filter": "datum.is_provisional"},
            {
                "aggregate": [
                    {"op": "min", "field": "bucket_at", "as": "from_at"},
                    {"op": "max", "field": "bucket_at", "as": "until_at"},
                ]
            },
        ],
        "mark": {
            **{"type": "rect", "fill": PROVISIONAL_COLOUR, "y": {"expr": "height - 5"}, "y2": {"expr": "height"}},
            # Where nothing is provisional it is a shape without a name; the tooltip says of each point what it is.
            "aria": False,
        },
        "encoding": {
            "x": {"field": "from_at", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "until_at"},
        },
    }
