"""What the charts of the mix say of provisional, missing and lonely intervals, whatever their rows are."""

from typing import Any

import pyarrow as pa
import pytest

from include.serving.dashboard import timeline
from include.serving.dashboard.generation import charts
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, needed

MANY = timeline.MOST_BARS + 1
OVER_TIME = {
    "power": charts.power_by_fuel(Interval.HALF_HOUR, MANY),
    "months": charts.power_by_fuel(Interval.MONTH, 5),
    "share": charts.share_by_fuel(Interval.HOUR, MANY),
    "balance": charts.carbon_balance(Interval.YEAR),
    "intensity": charts.share_and_intensity(Interval.DAY),
    "difference": charts.difference_by_fuel(Interval.DAY),
}


def layers(chart: Spec) -> list[Spec]:
    """All layers that draw something, however deep."""
    return [leaf for layer in chart["layer"] for leaf in (layers(layer) if "layer" in layer else [layer])]


def kind(layer: Spec) -> Any:
    return layer["mark"]["type"]


def is_filtered_by(layer: Spec, condition: str) -> bool:
    return {"filter": condition} in layer.get("transform", [])


@pytest.mark.parametrize("chart", OVER_TIME.values(), ids=OVER_TIME)
def test_every_chart_over_time_marks_what_may_still_change_to_its_end(chart):
    [mark] = [layer for layer in layers(chart) if is_filtered_by(layer, "datum.is_provisional")]
    [_, ends] = mark["transform"]
    assert {"op": "max", "field": "bucket_until_at", "as": mark["encoding"]["x2"]["field"]} in ends["aggregate"]


@pytest.mark.parametrize("chart", OVER_TIME.values(), ids=OVER_TIME)
def test_the_pointer_finds_only_what_is_published(chart):
    """A chart would write a figure that is not there as 0."""
    [ruler] = [layer for layer in layers(chart) if "params" in layer]
    assert is_filtered_by(ruler, "isValid(datum.generation_mw)")


@pytest.mark.parametrize("chart", OVER_TIME.values(), ids=OVER_TIME)
def test_what_stands_alone_is_drawn_beside_every_line_and_area(chart):
    paths = [layer for layer in layers(chart) if kind(layer) in ("area", "line")]
    alone = [layer for layer in layers(chart) if is_filtered_by(layer, timeline.ALONE)]
    assert len(alone) == len(paths)
    assert {kind(layer) for layer in alone} <= {"rect", "point"}


@pytest.mark.parametrize(
    ("interval", "points", "wanted"),
    [
        (Interval.MONTH, timeline.MOST_BARS, "bar"),
        (Interval.MONTH, MANY, "area"),
        (Interval.YEAR, 1, "bar"),
        (Interval.DAY, 1, "area"),
        (Interval.HALF_HOUR, 48, "area"),
    ],
)
def test_months_and_years_are_bars_while_they_can_be_told_apart(interval, points, wanted):
    [stack, *_] = layers(charts.share_by_fuel(interval, points))
    assert kind(stack) == wanted


def test_the_browser_is_sent_what_a_chart_names_and_no_more():
    names = ("bucket_at", "bucket_until_at", "stands_alone", "wind_mw", "wind_pct", "settlement_date")
    table = pa.table({name: [1] for name in names})
    sent = needed(table, OVER_TIME["power"]).column_names
    assert sent == ["bucket_at", "bucket_until_at", "stands_alone", "wind_mw"]
