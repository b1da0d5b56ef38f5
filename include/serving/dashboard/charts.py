"""Charts, as Vega-Lite. A chart's specification does not change with its rows, so that new ones leave a reader's zoom.

Times are drawn as UTC on every reader's screen; what is a day, a month or a year is London's.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from include.serving.dashboard.coverage import STATES
from include.serving.dashboard.fuels import (
    CARBON_COLOUR,
    INTENSITY_COLOUR,
    STACK,
    UNCLASSIFIED_COLOUR,
    ZERO_CARBON_COLOUR,
)
from include.serving.dashboard.span import Interval

Spec = dict[str, Any]

HEIGHT = 320
ZOOM = "zoom"
PROVISIONAL_COLOUR = "#e69f00"
# More would be narrower than the gaps between them, and each is a shape to draw and to read out.
MOST_BARS = 60
LINES = {"type": "line", "interpolate": "linear", "strokeWidth": 2}
AXIS_TITLES = {interval: "UTC" if interval.is_within_day else None for interval in Interval}
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
        "transform": _one_by_one(BALANCE),
        "mark": LINES,
        "encoding": {
            "x": _time(interval),
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "MW", "format": ",.0f"}},
            "color": _colour(BALANCE),
        },
    }
    tips = [_tip(column, f"{name} (MW)", ",.0f") for column, name, _ in BALANCE]
    return _chart([_provisional(), lines, _ruler(interval, tips)])


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
                "x": _time(interval),
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
    tips = [_tip(column, title, ".1f") for column, title, _, _, _ in series]
    layers: list[Spec] = [{"layer": [_provisional(), lines[0], _ruler(interval, tips)]}, lines[1]]
    return _chart(layers) | {"resolve": {"scale": {"y": "independent"}}}


def difference_by_fuel(interval: Interval) -> Spec:
    """Return, for each fuel, MW as published now minus MW as known then."""
    fuels = _fuels("_mw")
    lines = {
        "transform": _one_by_one(fuels),
        "mark": LINES,
        "encoding": {
            "x": _time(interval),
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "MW, now minus then", "format": "+,.0f"}},
            "color": _colour(fuels),
        },
    }
    tips = [_tip(fuel.column, f"{fuel.name} (MW)", "+,.0f") for fuel in reversed(STACK)]
    return _chart([lines, _ruler(interval, tips)], height=240)


def _stack(interval: Interval, points: int, suffix: str, axis: Spec, *, domain: Sequence[float] | None = None) -> Spec:
    fuels = _fuels(suffix)
    scale = {"scale": {"domain": list(domain)}} if domain else {}
    areas = {
        "transform": _one_by_one(fuels),
        "mark": _bands(interval, points),
        "encoding": {
            "x": _time(interval),
            "y": {"field": "value", "type": "quantitative", "stack": "zero", "axis": axis, **scale},
            "order": {"field": "place", "type": "quantitative"},
            "color": _colour(fuels),
        },
    }
    unit = "MW" if suffix == "_mw" else "%"
    form = ",.0f" if suffix == "_mw" else ".1f"
    tips = [_tip(f"{fuel.code}{suffix}", f"{fuel.name} ({unit})", form) for fuel in reversed(STACK)]
    total = [_tip("generation_mw", "Total (MW)", ",.0f"), _tip("energy_mwh", "Energy (MWh)", ",.0f")]
    return _chart([areas, _provisional(), _ruler(interval, [*total, *tips])])


def needed(table: pa.Table, chart: Spec) -> pa.Table:
    """Return the table with no more columns than a chart names: the browser unpacks all it is sent, row by row."""
    named = json.dumps(chart)
    return table.select([column for column in table.column_names if column in named])


def _chart(layers: Sequence[Spec], *, height: int = HEIGHT) -> Spec:
    return {
        "height": height,
        "layer": list(layers),
        "autosize": {"type": "fit", "contains": "padding"},
        # SVG has shapes that a screen reader and a test can find.
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
    }


# At midnight the day, else the time; at New Year the year, else the day.
_LABEL_WITHIN_DAY = (
    "utchours(datum.value) + utcminutes(datum.value) == 0 "
    "? utcFormat(datum.value, '%a %-d %b') : utcFormat(datum.value, '%H:%M')"
)
_LABEL_OF_DAYS = (
    "utcmonth(datum.value) == 0 && utcdate(datum.value) == 1 "
    "? utcFormat(datum.value, '%Y') : utcFormat(datum.value, '%-d %b')"
)


def _time(interval: Interval) -> Spec:
    units = {Interval.MONTH: "utcyearmonth", Interval.YEAR: "utcyear"}
    unit = {"timeUnit": units[interval]} if interval in units else {}
    return {
        "field": "bucket_at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {
            "title": AXIS_TITLES[interval],
            "grid": False,
            "labelOverlap": True,
            "labelFlush": True,
            "labelExpr": _LABEL_WITHIN_DAY if interval.is_within_day else _LABEL_OF_DAYS,
        },
        **unit,
    }


def _bands(interval: Interval, points: int) -> Spec:
    """Return how a stack is drawn: months and years stand by themselves, as bars, while bars can be told apart."""
    is_bars = interval in (Interval.MONTH, Interval.YEAR) and points <= MOST_BARS
    return {"type": "bar"} if is_bars else {"type": "area", "interpolate": "linear"}


def _one_by_one(series: Sequence[tuple[str, str, str]]) -> list[Spec]:
    """Return the transforms that give each series its own rows, with its name and its place in a stack from below.

    Names are looked up: the browser interprets a calculation anew for every row, which takes ten times as long.
    """
    named = [{"column": column, "series": name, "place": place} for place, (column, name, _) in enumerate(series)]
    return [
        {"fold": [column for column, _, _ in series], "as": ["column", "value"]},
        {
            "lookup": "column",
            "from": {"data": {"values": named}, "key": "column", "fields": ["series", "place"]},
        },
    ]


def _fuels(suffix: str) -> list[tuple[str, str, str]]:
    return [(f"{fuel.code}{suffix}", fuel.name, fuel.colour) for fuel in STACK]


def _colour(series: Sequence[tuple[str, str, str]]) -> Spec:
    scale = {"domain": [name for _, name, _ in series], "range": [colour for _, _, colour in series]}
    # The page has one legend for all its charts.
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def _tip(field: str, title: str, form: str) -> Spec:
    return {"field": field, "title": title, "type": "quantitative", "format": form}


def _ruler(interval: Interval, tips: Sequence[Spec]) -> Spec:
    """Return what follows the pointer: a line at the nearest point, and all its figures. Shift and wheel zoom."""
    pointed = {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout", "encodings": ["x"]}
    zoomed = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"}
    return {
        "params": [
            {"name": "pointed", "select": pointed},
            {"name": ZOOM, "select": zoomed, "bind": "scales"},
        ],
        # A name for every point would be read out one by one; the figures behind the charts are a table below them.
        "mark": {"type": "rule", "strokeWidth": 1.2, "color": "#888888", "aria": False},
        "encoding": {
            "x": _time(interval),
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


def revised_half_hours() -> Spec:
    """Return for each day how many half-hours have changed since they were first published."""
    bars = {
        "transform": _one_by_one(REVISED),
        "mark": {"type": "bar"},
        "encoding": {
            "x": _time(Interval.DAY) | {"timeUnit": "utcyearmonthdate"},
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "half-hours"}, "stack": "zero"},
            "order": {"field": "place", "type": "quantitative"},
            "color": _colour(REVISED),
            "tooltip": [
                {"field": "bucket_at", "title": "Day", "type": "temporal", "timeUnit": "utcyearmonthdate"},
                _tip("material", "Materially", ","),
                _tip("rounding", "By rounding", ","),
                _tip("unchanged", "Unchanged", ","),
                _tip("largest_fuel_change_mw", "Greatest change (MW)", ",.0f"),
            ],
        },
    }
    return _chart([bars], height=200)


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
            "color": _colour(STATES) | {"field": "state"},
            "tooltip": [
                {"field": "when", "title": "Day", "type": "nominal"},
                {"field": "state", "title": "State", "type": "nominal"},
                _tip("expected_half_hours", "Expected", ","),
                _tip("present_half_hours", "Present", ","),
                _tip("missing_half_hours", "Missing", ","),
                _tip("rejected_half_hours", "Rejected", ","),
                _tip("revised_half_hours", "Revised", ","),
                _tip("not_yet_published_half_hours", "Not yet published", ","),
            ],
        },
    }
    return _chart([cells], height=150)


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
                _tip("observed", "Observed", ",.4~f"),
                {"field": "outcome", "title": "Outcome", "type": "nominal"},
            ],
        },
    }
    return _chart([points], height=220)


def _outcome() -> Spec:
    scale = {"domain": ["held", "failed"], "range": [STATUSES["success"], STATUSES["failed"]]}
    return {"field": "outcome", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "bottom"}}


def durations() -> Spec:
    """Return how long each run took, in the colour of its status."""
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
                {"field": "started_at", "title": "Started", "type": "temporal", "format": "%Y-%m-%d %H:%M"},
                {"field": "status", "title": "Status", "type": "nominal"},
                _tip("duration_s", "Seconds", ",.1f"),
            ],
        },
    }
    return _chart([points], height=180)
