"""What pages say in figures: one set against those before it, and the table behind the charts."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from include.serving.dashboard.figures import Figure, figures
from include.serving.dashboard.span import Interval


def test_a_figure_is_told_with_its_unit_and_its_difference():
    figure = Figure("Demand", 31.25, 30.0, None, "GW", 2)
    assert (figure.told(figure.now, "unknown"), figure.difference) == ("31.25 GW", "+1.25 GW")
    assert figure.told(figure.last_week, "no figure") == "no figure"


def test_two_percentages_differ_by_points():
    assert Figure("Share", 40, 50, 60, "%", 1).difference == "-10.0 points"


def test_what_is_not_known_has_no_difference():
    assert Figure("Demand", None, 30, 30, "GW").difference is None
    assert Figure("Demand", 30, None, 30, "GW").difference is None


def series(*buckets: datetime) -> pa.Table:
    return pa.table({"bucket_at": list(buckets), "demand_mw": [1.0] * len(buckets)})


@pytest.mark.parametrize(
    ("interval", "name"), [(Interval.DAY, "Day"), (Interval.MONTH, "Month"), (Interval.YEAR, "Year")]
)
def test_days_months_and_years_are_named_by_their_dates(interval, name):
    """In summer a day in London begins at 23:00 UTC, which no column may deny."""
    table = figures(series(datetime(2026, 7, 1, tzinfo=UTC)), interval, {"demand_mw": "Demand (MW)"})
    assert table.column_names[0] == name
    assert table[name].to_pylist() == [date(2026, 7, 1)]
    assert "Start (UTC)" not in table.column_names


@pytest.mark.parametrize("interval", [Interval.HALF_HOUR, Interval.HOUR])
def test_what_is_shorter_than_a_day_is_named_by_its_start(interval):
    at = datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert figures(series(at), interval, {"demand_mw": "Demand (MW)"})["Start (UTC)"].to_pylist() == [at]
