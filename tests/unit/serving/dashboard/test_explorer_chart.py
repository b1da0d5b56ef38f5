"""What the Explorer's chart draws of a result."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from include.serving.dashboard.operations.explorer import charts as result_chart
from include.serving.explorer.chart import MOST_POINTS, drawn, numbers
from include.serving.explorer.export import arrow_table
from include.serving.explorer.query import Result


def result(rows: list[tuple[Any, ...]], **columns: str) -> Result:
    return of(tuple(columns), tuple(columns.values()), rows)


def of(names: tuple[str, ...], types: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Result:
    return Result(names, types, arrow_table(names, rows), is_cut=False, duration_s=0.1)


def test_a_numeric_is_drawn_as_a_number():
    rows = [("a", Decimal("1.50")), ("b", None), ("c", Decimal("NaN")), ("d", Decimal(10) ** 60)]
    table = drawn(result(rows, code="text", share="numeric"))
    assert table.schema.field("share").type == pa.float64()
    assert table.column("share").to_pylist()[:2] == [1.5, None]
    assert table.column("share").to_pylist()[3] == 1e60
    assert table.column("code").to_pylist() == ["a", "b", "c", "d"]


def test_columns_of_one_name_are_told_apart():
    kept = of(("n", "n", "t"), ("numeric", "int4", "text"), [(Decimal(1), 2, "x")])
    assert drawn(kept).column_names == ["n", "n_2", "t"]
    assert numbers(kept) == ["n", "n_2"]


@pytest.mark.parametrize("held", [0, 1, MOST_POINTS])
def test_what_a_screen_can_show_is_drawn_whole(held):
    assert drawn(result([(number,) for number in range(held)], n="int4")).num_rows == held


@pytest.mark.parametrize("held", [MOST_POINTS + 1, 3 * MOST_POINTS, 10_000])
def test_more_is_thinned_evenly_from_the_first_to_the_last(held):
    found = drawn(result([(number,) for number in range(held)], n="int4")).column("n").to_pylist()
    assert (len(set(found)), found[0], found[-1]) == (MOST_POINTS, 0, held - 1)
    assert found == sorted(found)
    steps = {later - earlier for earlier, later in pairwise(found)}
    assert max(steps) - min(steps) <= 1


def test_a_point_tells_its_figures_and_not_those_that_are_missing():
    """Names are a query's own, and stand in what the browser works out: as text, whatever they are."""
    table = pa.table({"day": [date(2026, 5, 1)], 'it\'s "x"': [1e6], "m": [1.0]})
    chart = result_chart.lines_across(table, "day", result_chart.traces(['it\'s "x"', "m"]))
    told = chart["layer"][-1]["mark"]["tooltip"]["expr"]
    assert told.startswith('{"day": utcFormat(')
    assert '"it\'s \\"x\\"": isValid(' in told
    assert told.endswith(".line_1, ',.12~g') : '–'}")


def test_nothing_is_told_by_a_name_that_a_tooltip_would_draw():
    """What stands under `image` is fetched, and what stands under `title` is a heading."""
    table = pa.table({"image": ["http://evil.example/image.png"], "title": [1]})
    chart = result_chart.lines_across(table, "image", result_chart.traces(["title"]))
    told = chart["layer"][-1]["mark"]["tooltip"]["expr"]
    assert told.startswith('{"image ": ')
    assert '"title ": ' in told
