"""Bars by name, one below the other, stacked to the left and to the right of zero, as Vega-Lite."""

from collections.abc import Sequence

from include.serving.dashboard import vega
from include.serving.dashboard.vega import Spec, Tip, Trace

_BAR_PX = 24
_LONGEST_NAME_PX = 150


def named_bars(column: str, bars: int, traces: Sequence[Trace], unit: str, tips: Sequence[Tip]) -> Spec:
    """Return a bar for each row, by what a column calls it, of all traces; rows stand in the order they come in."""
    stacked = {
        "transform": vega.one_by_one(traces),
        "mark": {"type": "bar", **vega.told("Name", f"{vega.POINTED}.{column}", tips)},
        "encoding": {
            "y": {
                "field": column,
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "labelLimit": _LONGEST_NAME_PX, "ticks": False, "domain": False},
                "scale": {"paddingInner": 0.2},
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": unit, "format": ",.0f", "labelOverlap": True},
            },
            "order": {"field": "place", "type": "quantitative"},
            "color": vega.colour(traces),
        },
    }
    return vega.chart([stacked], height=bars * _BAR_PX + 50)
