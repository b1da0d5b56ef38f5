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
from include.serving.dashboard.vega import Spec, Tip, Trace

PROVISIONAL_COLOUR = "#e69f00"
# More would be narrower than the gaps between them, and each is a shape to draw and to read out.
MOST_BARS = 60
LINE: Spec = {"type": "line", "interpolate": "linear", "strokeWidth": 2}
# Neither before nor after it is anything published.
ALONE = "datum.stands_alone"
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
    lines = _lines(interval, BALANCE, {"title": "MW", "format": ",.0f"})
    tips = [(column, f"{name} (MW)", ",.0f") for column, name, _ in BALANCE]
    return vega.chart([_provisional(), *lines, _ruler(interval, tips)])


def share_and_intensity(interval: Interval) -> Spec:
    """Return the zero-carbon share (left) against the carbon intensity (right)."""
    lines: tuple[tuple[str, str, str, str, list[int]], ...] = (
        ("zero_carbon_pct", "Zero-carbon (%)", ZERO_CARBON_COLOUR, "left", []),
        ("carbon_intensity_g_per_kwh", "Carbon intensity (g CO₂/kWh)", INTENSITY_COLOUR, "right", [5, 3]),
    )
    share, intensity = (_line(interval, *each) for each in lines)
    tips = [(column, title, ".1f") for column, title, _, _, _ in lines]
    layers: list[Spec] = [{"layer": [_provisional(), *share, _ruler(interval, tips)]}, {"layer": intensity}]
    return vega.chart(layers) | {"resolve": {"scale": {"y": "independent"}}}


def difference_by_fuel(interval: Interval) -> Spec:
    """Return, for each fuel, MW as published now minus MW as known then."""
    fuels = _fuels("_mw")
    lines = _lines(interval, fuels, {"title": "MW, now minus then", "format": "+,.0f"})
    tips = [(fuel.column, f"{fuel.name} (MW)", "+,.0f") for fuel in reversed(STACK)]
    return vega.chart([_provisional(), *lines, _ruler(interval, tips)], height=240)


def _stack(interval: Interval, points: int, suffix: str, axis: Spec, *, domain: Sequence[float] | None = None) -> Spec:
    fuels = _fuels(suffix)
    scale = {"scale": {"domain": list(domain)}} if domain else {}
    encoding = {
        "x": vega.time(interval),
        "y": {"field": "value", "type": "quantitative", "stack": "zero", "axis": axis, **scale},
        "order": {"field": "place", "type": "quantitative"},
        "color": vega.colour(fuels),
    }
    bands = _bars(fuels, encoding) if _has_bars(interval, points) else _areas(fuels, encoding)
    unit = "MW" if suffix == "_mw" else "%"
    form = ",.0f" if suffix == "_mw" else ".1f"
    tips = [(f"{fuel.code}{suffix}", f"{fuel.name} ({unit})", form) for fuel in reversed(STACK)]
    total = [("generation_mw", "Total (MW)", ",.0f"), ("energy_mwh", "Energy (MWh)", ",.0f")]
    return vega.chart([*bands, _provisional(), _ruler(interval, [*total, *tips])])


def _has_bars(interval: Interval, points: int) -> bool:
    """Tell whether a stack is drawn as bars: months and years stand by themselves, while bars can be told apart."""
    return interval in (Interval.MONTH, Interval.YEAR) and points <= MOST_BARS


def _bars(traces: Sequence[Trace], encoding: Spec) -> list[Spec]:
    return [{"transform": vega.one_by_one(traces), "mark": {"type": "bar"}, "encoding": encoding}]


def _areas(traces: Sequence[Trace], encoding: Spec) -> list[Spec]:
    """Return a stack of areas, and bars for what has no neighbour: an area of one point cannot be seen."""
    area = {
        "transform": vega.one_by_one(traces),
        "mark": {"type": "area", "interpolate": "linear"},
        "encoding": encoding,
    }
    # A bar that says where it ends is not stacked by itself.
    stacked = {"stack": "value", "groupby": ["bucket_at"], "sort": [{"field": "place"}], "as": ["below", "above"]}
    alone = {
        "transform": [{"filter": ALONE}, *vega.one_by_one(traces), stacked],
        "mark": {"type": "rect", **vega.UNNAMED},
        "encoding": {
            "x": {"field": "bucket_at", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "bucket_until_at"},
            "y": {"field": "below", "type": "quantitative", "axis": encoding["y"]["axis"]},
            "y2": {"field": "above"},
            "color": encoding["color"],
        },
    }
    return [area, alone]


def _lines(interval: Interval, traces: Sequence[Trace], axis: Spec) -> list[Spec]:
    """Return a line for each trace, in its colour, on one axis."""
    encoding = {
        "x": vega.time(interval),
        "y": {"field": "value", "type": "quantitative", "axis": axis},
        "color": vega.colour(traces),
    }
    return _with_points(LINE, encoding, vega.one_by_one(traces))


def _line(interval: Interval, column: str, title: str, colour: str, orient: str, dash: list[int]) -> list[Spec]:
    """Return a line of one column, on an axis of its own."""
    axis = {"title": title, "titleColor": colour, "orient": orient, "grid": orient == "left"}
    encoding = {
        "x": vega.time(interval),
        "y": {"field": column, "type": "quantitative", "scale": {"zero": True}, "axis": axis},
    }
    return _with_points(LINE | {"color": colour, "strokeDash": dash}, encoding)


def _with_points(line: Spec, encoding: Spec, transform: Sequence[Spec] = ()) -> list[Spec]:
    """Return lines, and points for what has no neighbour: a line of one point cannot be seen."""
    point = {"type": "point", "filled": True, "size": 50, "opacity": 1, **vega.UNNAMED}
    if "color" in line:
        point["color"] = line["color"]
    middle = {"calculate": "(time(datum.bucket_at) + time(datum.bucket_until_at)) / 2", "as": "middle_at"}
    x = {"field": "middle_at", "type": "temporal", "scale": {"type": "utc"}, "axis": encoding["x"]["axis"]}
    return [
        {"transform": list(transform), "mark": line, "encoding": encoding},
        {"transform": [{"filter": ALONE}, middle, *transform], "mark": point, "encoding": encoding | {"x": x}},
    ]


def _fuels(suffix: str) -> list[tuple[str, str, str]]:
    return [(f"{fuel.code}{suffix}", fuel.name, fuel.colour) for fuel in STACK]


def _ruler(interval: Interval, tips: Sequence[Tip]) -> Spec:
    """Return the line at the nearest point with all its figures; shift and wheel zoom."""
    ruler = vega.ruler(vega.time(interval), vega.told("When", f"{vega.POINTED}.when", tips))
    zoomed = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"}
    return ruler | {
        # What is not published has no figures to tell.
        "transform": [{"filter": "isValid(datum.generation_mw)"}],
        "params": [*ruler["params"], {"name": vega.ZOOM, "select": zoomed, "bind": "scales"}],
    }


def _provisional() -> Spec:
    """Return the band below the intervals of which the publisher may still rewrite half-hours."""
    return {
        "transform": [
            {"filter": "datum.is_provisional"},
            {
                "aggregate": [
                    {"op": "min", "field": "bucket_at", "as": "from_at"},
                    {"op": "max", "field": "bucket_until_at", "as": "until_at"},
                ]
            },
        ],
        "mark": {
            **{"type": "rect", "fill": PROVISIONAL_COLOUR, "y": {"expr": "height - 5"}, "y2": {"expr": "height"}},
            **vega.UNNAMED,
        },
        "encoding": {
            "x": {"field": "from_at", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "until_at"},
        },
    }
