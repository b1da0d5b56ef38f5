"""Parts that charts are made of, as Vega-Lite. A specification does not change with its rows: new ones leave the zoom.

Times are drawn as UTC on every reader's screen; days, months and years are those of the series' zone, at their dates.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from include.serving.dashboard.span import Interval, Span

Spec = dict[str, Any]
# A column, and the name and the colour it has in a chart.
Trace = tuple[str, str, str]
# A column, and the name and the format its figure has in a tooltip.
Tip = tuple[str, str, str]

HEIGHT = 320
ZOOM = "zoom"
# In a tooltip's expression, the row. Vega-Lite finds the nearest mark by the cell around it, whose datum is the mark.
POINTED = "(datum.datum || datum)"
# What may hold no shape at all must not be told to screen readers: it would be one without a name. The figures behind
# the charts are a table below them.
UNNAMED: Spec = {"aria": False}
AXIS_TITLES = {interval: "UTC" if interval.is_within_day else None for interval in Interval}


def needed(table: pa.Table, chart: Spec) -> pa.Table:
    """Return the table with no more columns than a chart names: the browser unpacks all it is sent, row by row."""
    named = json.dumps(chart)
    return table.select([column for column in table.column_names if column in named])


def chart(layers: Sequence[Spec], *, height: int = HEIGHT) -> Spec:
    """Return the chart of some layers."""
    return {
        "height": height,
        "layer": list(layers),
        "autosize": {"type": "fit", "contains": "padding"},
        # SVG has shapes that a screen reader and a test can find.
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
    }


# At midnight the day, else the time. At New Year the year, else the day, which its hours do not repeat.
_LABEL_WITHIN_DAY = (
    "utchours(datum.value) + utcminutes(datum.value) == 0 "
    "? utcFormat(datum.value, '%a %-d %b') : utcFormat(datum.value, '%H:%M')"
)
_LABEL_OF_DAYS = (
    "utchours(datum.value) + utcminutes(datum.value) > 0 ? '' "
    ": utcmonth(datum.value) == 0 && utcdate(datum.value) == 1 "
    "? utcFormat(datum.value, '%Y') : utcFormat(datum.value, '%-d %b')"
)


def time(interval: Interval) -> Spec:
    """Return the axis of time on which intervals are drawn by `bucket_at`."""
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


def one_by_one(traces: Sequence[Trace]) -> list[Spec]:
    """Return the transforms that give each trace its own rows, with its name and its place in a stack from below.

    Names are looked up: the browser interprets a calculation anew for every row, which takes ten times as long.
    """
    named = [{"column": column, "series": name, "place": place} for place, (column, name, _) in enumerate(traces)]
    return [
        {"fold": [column for column, _, _ in traces], "as": ["column", "value"]},
        {
            "lookup": "column",
            "from": {"data": {"values": named}, "key": "column", "fields": ["series", "place"]},
        },
    ]


def colour(traces: Sequence[Trace]) -> Spec:
    """Return the colours of traces by their names."""
    scale = {"domain": [name for _, name, _ in traces], "range": [colour for _, _, colour in traces]}
    # The page has one legend for all its charts.
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def time_within(span: Span) -> Spec:
    """Return an axis of time (UTC) as long as a span, on which a single point stands at its place."""
    ends = [1000 * end.timestamp() for end in (span.started_at, span.ended_at)]
    return {
        "type": "temporal",
        "scale": {"type": "utc", "domain": ends},
        "axis": {"title": "UTC", "labelOverlap": True},
    }


def tip(field: str, title: str, form: str) -> Spec:
    """Return a line of a tooltip, for a figure that is never missing."""
    return {"field": field, "title": title, "type": "quantitative", "format": form}


def told(heading: str, name: str, tips: Sequence[Tip]) -> Spec:
    """Return a mark's tooltip: the point's name, an expression, and its figures.

    Vega's own would write what is missing as 0.
    """
    figures = [
        f"{_key(title)}: isValid({POINTED}.{column}) ? format({POINTED}.{column}, '{form}') : '–'"
        for column, title, form in tips
    ]
    return {"tooltip": {"expr": f"{{{', '.join([f'{_key(heading)}: {name}', *figures])}}}"}}


def _key(name: str) -> str:
    """Return a name as a key of a tooltip. One that is `image` would have what it tells fetched: a space parts them."""
    return json.dumps(f"{name} " if name in ("image", "title") else name)


def ruler(x: Spec, tooltip: Spec) -> Spec:
    """Return what follows the pointer: a line at the nearest point along `x`, and what is told of it."""
    pointed = {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout", "encodings": ["x"]}
    return {
        "params": [{"name": "pointed", "select": pointed}],
        # A name for every point would be read out one by one.
        "mark": {"type": "rule", "strokeWidth": 1.2, "color": "#888888", **UNNAMED, **tooltip},
        "encoding": {
            "x": x,
            "opacity": {"condition": {"param": "pointed", "empty": False, "value": 0.9}, "value": 0},
        },
    }
