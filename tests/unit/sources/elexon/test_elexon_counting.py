"""Elexon counts what it holds by settlement day: a scope that is no whole days cannot be compared with that."""

from datetime import UTC, date, datetime

import pytest

from include.ingestion.errors import DamagedAnswerError
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.sources.elexon.counting import counting, settlement_days

DAY, SPRING = date(2026, 5, 6), date(2026, 3, 29)


class Client:
    def __init__(self, body):
        self.body, self.asked = body, []

    def get(self, path, params, *, bucket, read):
        self.asked.append((path, params))
        return read(self.body)


@pytest.mark.parametrize(
    ("scope", "days"),
    [
        (SettlementDays(DAY, DAY), (DAY, DAY)),
        (Window(datetime(2026, 5, 5, 23, tzinfo=UTC), datetime(2026, 5, 6, 23, tzinfo=UTC)), (DAY, DAY)),
        (Window(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC)), (SPRING, SPRING)),
        (Window(datetime(2026, 5, 6, tzinfo=UTC), datetime(2026, 5, 7, tzinfo=UTC)), None),
        (Window(datetime(2026, 5, 5, 23, tzinfo=UTC), datetime(2026, 5, 6, 8, 35, tzinfo=UTC)), None),
    ],
)
def test_only_whole_days_of_london_are_counted(scope, days):
    assert settlement_days(scope) == days


def test_counts_of_all_periods_are_added_up():
    client = Client(b'{"metadata":{},"data":[{"settlementPeriod":1,"dataPointCount":7},{"dataPointCount":5}]}')
    assert counting("PN")(client, SettlementDays(DAY, DAY)) == 12
    assert client.asked == [("data-status/PN", {"settlementDateFrom": "2026-05-06", "settlementDateTo": "2026-05-06"})]


def test_what_is_no_whole_day_is_not_even_asked_for():
    client = Client(b"")
    start = datetime(2026, 5, 6, tzinfo=UTC)
    assert counting("PN")(client, Window(start, start.replace(hour=1))) is None
    assert client.asked == []


def test_counts_that_are_none_are_damage():
    with pytest.raises(DamagedAnswerError):
        counting("PN")(Client(b'{"data":[{"dataPointCount":"many"}]}'), SettlementDays(DAY, DAY))
