"""The chart of a query's result, as Vega-Lite: lines over whatever column the reader has picked."""

from collections.abc import Sequence
from itertools import cycle

import pyarrow as pa

from include.serving.dashboard import vega
from include.serving.dashboard.vega import Spec, Trace

# Told apart by colour-blind readers, and on light and dark paper.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#aa4499", "#44aa99")
ACROSS = "across"
HEIGHT = 340
# All digits of what a query counts or measures, as far as they are any.
FIGURES = ",.12~g"
_DAY_MS = 86_400_000


def traces(names: Sequence[str]) -> list[Trace]:
    """Return the lines of these columns, each with a name of its own making: a query may call a column anything."""
    return [(f"line_{number}", name, colour) for number, (name, colour) in enumerate(zip(names, cycle(COLOURS)))]


def rows(table: pa.Table, across: str, lines: Sequence[Trace]) -> pa.Table:
    """Return what is drawn: the column across, and one for each line."""
    columns = {ACROSS: table[across]} | {column: table[name] for column, name, _ in lines}
    return pa.table(columns)


def lines_across(table: pa.Table, across: str, lines: Sequence[Trace]) -> Spec:
    """Return the chart of `rows`, along an axis of time, of numbers or of names."""
    held = table.schema.field(across).type
    x = {
        "field": ACROSS,
        "axis": {"title": across, "grid": False, "labelOverlap": True, **_ticks(held)},
        **_kind(held),
    }
    drawn = {
        "transform": vega.one_by_one(lines),
        "mark": {"type": "line", "point": table.num_rows == 1},
        "encoding": {
            "x": x,
            "y": {"field": "value", "type": "quantitative", "axis": {"title": None}},
            "color": vega.colour(lines),
        },
    }
    figures = [(column, name, FIGURES) for column, name, _ in lines]
    return vega.chart([drawn, vega.ruler(x, vega.told(across, _name(held), figures))], height=HEIGHT)


def _name(held: pa.DataType) -> str:
    """Return the expression that tells where along the axis a point is."""
    place = f"{vega.POINTED}.{ACROSS}"
    if pa.types.is_timestamp(held):
        return f"utcFormat({place}, '%Y-%m-%d %H:%M:%S')"
    return f"utcFormat({place}, '%Y-%m-%d')" if pa.types.is_date(held) else place


def _ticks(held: pa.DataType) -> Spec:
    """Return what keeps an axis of days from telling hours."""
    return {"tickMinStep": _DAY_MS} if pa.types.is_date(held) else {}


def _kind(held: pa.DataType) -> Spec:
    if pa.types.is_timestamp(held) or pa.types.is_date(held):
        return {"type": "temporal", "scale": {"type": "utc"}}
    if pa.types.is_integer(held) or pa.types.is_floating(held):
        return {"type": "quantitative", "scale": {"zero": False}}
    # In the order of the rows, which the query has chosen.
    return {"type": "nominal", "sort": None}
