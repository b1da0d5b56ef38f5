"""What the page Sources shows, against the formula that made the published rows; and what it says without any."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.sources.reconciliation import queries as sources
from include.serving.dashboard.span import Interval
from include.settlement import HALF_HOUR
from include.warehouse import Warehouse
from tests.explained import BY_INDEX, scans_of
from tests.integration.elexon.dashboard.conftest import DAY, LATER, publish


def test_differences_of_two_sources_are_told_by_fuel_and_in_all(reader: Reader) -> None:
    by_fuel = {row["fuel"]: row for row in sources.by_fuel(reader, DAY).to_pylist()}
    assert list(by_fuel)[:3] == ["Wind, embedded", "Imports", "Pumped storage"]
    assert (by_fuel["Unknown codes"]["neso_mw"], by_fuel["Unknown codes"]["residual_mw"]) == (None, -120)
    assert by_fuel["Wind"]["residual_mw"] == pytest.approx(10 + 120 / 48)
    [day] = sources.over_range(reader, DAY, Interval.DAY).to_pylist()
    parts = [day[column] for column, _ in sources.PARTS]
    assert parts == [900, 600, 750, pytest.approx(12.5 - 120)]
    assert sum(parts) == pytest.approx(day["difference_mw"])


def test_what_is_left_is_counted_and_the_largest_told(reader: Reader) -> None:
    assert [
        (row["fuel"], row["residual_mw"], row["half_hours"]) for row in sources.distribution(reader, DAY).to_pylist()
    ] == [("Unknown codes", -100, 48), ("Wind", 100, 1)]
    spread = sources.spread(reader, DAY)
    assert spread is not None
    assert (spread.figures, spread.nearly_none, spread.suspect) == (288, 239, 1)
    first, *others = sources.largest(reader, DAY)
    assert (first.fuel_code, first.residual_mw, first.is_suspect) == ("wind", 130, True)
    assert first.period_started_at == DAY.started_at + 9 * HALF_HOUR
    assert {each.residual_mw for each in others} == {-120}
    assert sources.spread(reader, LATER) is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: sources.by_fuel(reader, DAY),
        lambda reader: sources.distribution(reader, DAY),
        lambda reader: sources.over_range(reader, DAY, Interval.HOUR),
    ],
)
def test_a_day_is_read_by_an_index(reader: Reader, ask: Callable[[Reader], Any]) -> None:
    columns = ("bucket_at", "periods", "is_provisional", "fuel_code")
    assert scans_of(reader, ask, sources.SOURCES.table, columns) <= BY_INDEX


def test_the_page_says_what_to_run_until_there_is_something_to_be_drawn(
    drawn: Callable[[str], AppTest], warehouse: Warehouse
) -> None:
    [told] = drawn("sources.reconciliation").info
    assert "`gridloom run source_reconciliation`" in told.value
    publish(warehouse)
    app = drawn("sources.reconciliation")
    assert not app.info
    assert any("have at most 50 MW left" in each.value for each in app.markdown)
