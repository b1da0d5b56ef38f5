"""Bars over time, and the colours of the section, as Vega-Lite."""

from collections.abc import Sequence

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Tip, Trace

CONSUMPTION_COLOUR = "#0072b2"
GOOD_COLOUR, BAD_COLOUR, WARNING_COLOUR, IDLE_COLOUR = "#009e73", "#d55e00", "#e69f00", "#a8a8a8"
_LENGTH = "(time(datum.bucket_until_at) - time(datum.bucket_at))"
# Beside the bars, between light and dark paper.
WORDS_COLOUR = "#808080"


def stacked(
    interval: Interval, points: int, traces: Sequence[Trace], axis: Spec, tips: Sequence[Tip], *, height: int = 260
) -> Spec:
    """Return a stack of traces over time: bars while they can be told apart, else areas."""
    columns = [column for column, _, _ in traces]
    if points > timeline.MOST_BARS:
        layers = timeline.stack(interval, points, traces, {"axis": axis})
        return vega.chart([*layers, timeline.ruler(interval, tips, *columns)], height=height)
    return bars(interval, traces, axis, tips, height=height)


def bars(interval: Interval, traces: Sequence[Trace], axis: Spec, tips: Sequence[Tip], *, height: int = 260) -> Spec:
    """Return a stack of traces from below as bars, almost as wide as their interval is long."""
    x = {"field": "from_at", "type": "temporal", "scale": {"type": "utc"}, "axis": vega.time(interval)["axis"]}
    sums = {"stack": "value", "groupby": ["bucket_at"], "sort": [{"field": "place"}], "as": ["below", "above"]}
    rects = {
        "transform": [*vega.one_by_one(traces), {"filter": "datum.value > 0"}, sums, *_ends(interval)],
        "mark": {"type": "rect"},
        "encoding": {
            "x": x,
            "x2": {"field": "until_at"},
            "y": {"field": "below", "type": "quantitative", "axis": axis, "scale": {"zero": True}},
            "y2": {"field": "above"},
            "color": vega.colour(traces),
        },
    }
    return vega.chart([rects, _ruler(interval, x, tips, [column for column, _, _ in traces])], height=height)


def _ends(interval: Interval) -> list[Spec]:
    """Return what finds the ends and the middle of a bar: a day is named below its middle, an hour at its start."""
    middle = "time(datum.bucket_at)" + (f" + {_LENGTH} / 2" if interval.is_within_day else "")
    ends = {"middle_at": middle, "from_at": f"{middle} - 0.44 * {_LENGTH}", "until_at": f"{middle} + 0.44 * {_LENGTH}"}
    return [{"calculate": expression, "as": name} for name, expression in ends.items()]


def _ruler(interval: Interval, x: Spec, tips: Sequence[Tip], columns: Sequence[str]) -> Spec:
    """Return what follows the pointer, in the middle of each bar."""
    ruler = timeline.ruler(interval, tips, *columns)
    return ruler | {
        "transform": [*ruler["transform"], *_ends(interval)],
        "encoding": {**ruler["encoding"], "x": {**x, "field": "middle_at"}},
    }
