"""What a chart of a result draws: numbers as a chart takes them, and no more points than a screen can show."""

import pyarrow as pa

from include.serving.explorer.query import Result

MOST_POINTS = 2_000
NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric")


def numbers(result: Result) -> list[str]:
    """Return the names of the columns that hold numbers, as the table spells them."""
    return [name for name, kind in zip(result.table.column_names, result.types, strict=True) if kind in NUMBERS]


def drawn(result: Result) -> pa.Table:
    """Return the rows that a chart draws: all of them, or MOST_POINTS evenly picked, the first and last among them."""
    table = result.table
    for position, kind in enumerate(result.types):
        if kind == "numeric":
            # Decimals would be names to a chart, each with a place of its own along the axis.
            values = [None if value is None else float(value) for value in table[position].to_pylist()]
            table = table.set_column(position, table.column_names[position], pa.array(values, pa.float64()))
    return thinned(table)


def thinned(table: pa.Table) -> pa.Table:
    """Return the table, or MOST_POINTS of its rows where it has more."""
    last = table.num_rows - 1
    if last < MOST_POINTS:
        return table
    return table.take([number * last // (MOST_POINTS - 1) for number in range(MOST_POINTS)])
