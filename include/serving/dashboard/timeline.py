"""Charts over time: stacks and lines, what stands alone in them, what may still change, what follows the pointer."""

from collections.abc import Collection, Sequence

from include.serving.dashboard import vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

PROVISIONAL_COLOUR = "#e69f00"
# More would be narrower than the gaps between them, and each is a shape to draw and to read out.
MOST_BARS = 60
LINE: Spec = {"type": "line", "interpolate": "linear", "strokeWidth": 2}
DASHES, SOLID = [5, 3], [1, 0]
# Neither before nor after it is anything published.
ALONE = "datum.stands_alone"


def stack(interval: Interval, points: int, traces: Sequence[Trace], y: Spec) -> list[Spec]:
    """Return a stack of traces from below, on an axis: areas, or bars for months and years that can be told apart."""
    encoding = {
        "x": vega.time(interval),
        "y": {"field": "value", "type": "quantitative", "stack": "zero", **y},
        "order": {"field": "place", "type": "quantitative"},
        "color": vega.colour(traces),
    }
    return _bars(traces, encoding) if _has_bars(interval, points) else _areas(traces, encoding)


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


def lines(interval: Interval, traces: Sequence[Trace], axis: Spec, dashed: Collection[str] = ()) -> list[Spec]:
    """Return a line for each trace, in its colour, on one axis; those of the columns `dashed` are dashed."""
    encoding = {
        "x": vega.time(interval),
        "y": {"field": "value", "type": "quantitative", "axis": axis},
        "color": vega.colour(traces),
    }
    if dashed:
        patterns = [DASHES if column in dashed else SOLID for column, _, _ in traces]
        scale = {"domain": [name for _, name, _ in traces], "range": patterns}
        encoding["strokeDash"] = {"field": "series", "type": "nominal", "scale": scale, "legend": None}
    return _with_points(LINE, encoding, vega.one_by_one(traces))


def line(interval: Interval, column: str, title: str, colour: str, orient: str, dash: list[int]) -> list[Spec]:
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


def ruler(interval: Interval, tips: Sequence[Tip], *published: str) -> Spec:
    """Return the line at the nearest point with all its figures; shift and wheel zoom.

    What has no value in any of the columns `published` has no figures to tell.
    """
    ruler = vega.ruler(vega.time(interval), vega.told("When", f"{vega.POINTED}.when", tips))
    zoomed = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"}
    return ruler | {
        "transform": [{"filter": " || ".join(f"isValid(datum.{column})" for column in published)}],
        "params": [*ruler["params"], {"name": vega.ZOOM, "select": zoomed, "bind": "scales"}],
    }


def provisional() -> Spec:
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
