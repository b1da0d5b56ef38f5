"""What is drawn of small groups, and where bars stand."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from include.serving.dashboard import timeline
from include.serving.dashboard.meters import charts
from include.serving.dashboard.meters.consumption.charts import by_hour
from include.serving.dashboard.meters.tariffs.charts import COLOURS, by_region, region_rows, traces
from include.serving.dashboard.meters.tariffs.page import KEPT_BACK, OTHERS, figures, in_columns
from include.serving.dashboard.meters.tariffs.queries import Group, total
from include.serving.dashboard.meters.words import counted, told_kwh
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import needed

SHOWN = Group("Shown", 3, 3, 9, Decimal("12.345"), 0.457, is_variable=True)
SMALL = Group("Small", 3, 0, None, None, None, is_variable=False)
TRACES = (("held", "Held", "#009e73"), ("missing", "Missing", "#d55e00"))


def test_what_is_kept_back_is_said_in_words_and_is_no_zero():
    table = figures([SHOWN, SMALL], "Tariff", 5)
    assert table["Meters"].to_pylist() == ["9", "fewer than 5"]
    assert table["kWh"].to_pylist() == [Decimal("12.345"), None]
    assert table["Days shown"].to_pylist() == ["3 of 3", "0 of 3"]
    assert table["Kind"].to_pylist() == ["variable", "fixed"]
    rows = needed(region_rows([SHOWN, SMALL], "fewer than 5 meters"), by_region(2))
    assert rows["meter_day_kwh"].to_pylist() == [0.457, None]
    assert rows["words"].to_pylist() == ["", "fewer than 5 meters"]


def test_agreements_of_tariffs_without_a_colour_are_counted_together():
    drawn = traces(["A"])
    counts = {"A": 7, "B": 6, "C": 5, None: 9}
    assert in_columns(counts, drawn) == {"tariff_0": 7, OTHERS: 11, KEPT_BACK: 9}
    assert total(counts) == 27
    assert in_columns({None: None}, drawn) == {}
    assert total({None: None}) is None


def test_no_more_tariffs_are_drawn_than_there_are_colours():
    assert len(traces([str(number) for number in range(99)])) == len(COLOURS) == len(set(COLOURS))


def middle(chart: dict[str, Any]) -> str:
    [rects, _] = chart["layer"]
    [calculated] = [each["calculate"] for each in rects["transform"] if each.get("as") == "middle_at"]
    return str(calculated)


def test_a_day_stands_over_its_name_and_an_hour_after_its_start():
    axis = {"title": "files"}
    assert middle(charts.bars(Interval.DAY, TRACES, axis, [])) == "time(datum.bucket_at)"
    assert middle(charts.bars(Interval.HOUR, TRACES, axis, [])).startswith("time(datum.bucket_at) + ")


@pytest.mark.parametrize(("points", "mark"), [(timeline.MOST_BARS, "rect"), (timeline.MOST_BARS + 1, "area")])
def test_bars_are_areas_where_they_could_not_be_told_apart(points: int, mark: str):
    chart = charts.stacked(Interval.DAY, points, TRACES, {"title": "half-hours"}, [])
    assert chart["layer"][0]["mark"]["type"] == mark


def test_a_map_grows_with_its_rows_and_not_for_ever():
    heights = [by_hour(rows)["height"] for rows in (1, 14, 62)]
    assert heights == sorted(heights)
    assert heights[-1] < 800


def test_browsers_are_sent_what_a_map_names():
    names = ("bucket_at", "hour", "row", "when", "meter_consumption_kwh", "meters", "half_hours")
    assert needed(pa.table({name: [1] for name in names}), by_hour(1)).column_names == list(names[1:])


@pytest.mark.parametrize(
    ("energy_kwh", "told"), [(Decimal("3944.051"), "3,944.051 kWh"), (0, "0.000 kWh"), (12_345_678.9, "12,345,679 kWh")]
)
def test_energy_is_told_to_the_watt_hour_while_that_can_be_read(energy_kwh, told):
    assert told_kwh(energy_kwh) == told
    assert counted(1, "meter") == "1 meter"
    assert counted(1_200, "meter") == "1,200 meters"
