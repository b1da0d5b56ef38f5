"""A scope becomes the parameters that its dataset really takes: the API ignores any other, and answers all the same."""

import json
from datetime import UTC, date, datetime

import msgspec
import pytest

from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.sources.elexon.asking import fetching, parameters, with_text
from include.sources.elexon.catalogue import AskedBy, committed

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
HOURS = Window(NOON, NOON.replace(hour=15))
STAMPS = ("2026-05-06T12:00:00Z", "2026-05-06T15:00:00Z")
OUTAGE = [{"startTime": "2026-05-06T12:00:00Z", "capacity": 10.5}, {"startTime": "2026-05-06T13:00:00Z", "capacity": 0}]


class Client:
    """Tells what it was asked; streams nothing."""

    def __init__(self, stream=b"[]", body=b'{"data":[]}'):
        self.asked, self._stream, self._body = [], stream, body

    def get(self, path, params, *, bucket, read):
        self.asked.append((path, params))
        return read(self._body)

    def stream(self, path, params, *, bucket):
        self.asked.append((path, params))
        yield self._stream


@pytest.mark.parametrize(
    ("asked_by", "begin", "end"),
    [
        (AskedBy.PUBLISHED, "publishDateTimeFrom", "publishDateTimeTo"),
        (AskedBy.MEASURED, "measurementDateTimeFrom", "measurementDateTimeTo"),
        (AskedBy.SUBMITTED, "submissionDateTimeFrom", "submissionDateTimeTo"),
        (AskedBy.PUBLISHED_FROM_TO, "from", "to"),
        (AskedBy.SETTLEMENT, "from", "to"),
    ],
)
def test_each_family_has_names_of_its_own(asked_by, begin, end):
    assert parameters(asked_by, HOURS) == dict(zip((begin, end), STAMPS, strict=True))


@pytest.mark.parametrize("code", sorted(committed()))
def test_no_dataset_is_asked_by_a_name_that_it_does_not_know(code):
    entry, client = committed()[code], Client()
    day = date(2026, 5, 6)
    list(fetching(code, entry)(client, SettlementDays(day, day)))
    [(path, asked)] = client.asked
    known = entry.published.plain if entry.published.stream is None else entry.published.stream
    assert path == f"datasets/{code}" + ("" if entry.published.stream is None else "/stream")
    assert asked.keys() <= {name.rstrip("*") for name in known}
    assert asked.keys() >= {name.rstrip("*") for name in known if name.endswith("*")}


def test_a_settlement_day_of_summer_begins_in_the_evening_before():
    day = date(2026, 5, 6)
    asked = parameters(AskedBy.SETTLEMENT, SettlementDays(day, day))
    assert asked == {"from": "2026-05-05T23:00:00Z", "to": "2026-05-06T23:00:00Z"}


@pytest.mark.parametrize(("day", "periods"), [(date(2026, 3, 29), "46"), (date(2026, 10, 25), "50")])
def test_a_day_that_is_asked_by_its_periods_has_as_many_as_the_clock_gives_it(day, periods):
    asked = parameters(AskedBy.SETTLEMENT_BY_DATE, SettlementDays(day, day))
    assert asked["settlementPeriodTo"] == periods
    assert asked["settlementDateFrom"] == asked["settlementDateTo"] == f"{day}"


def test_acceptances_are_asked_for_from_before_the_day_they_are_listed_under():
    client, day = Client(), date(2026, 1, 6)
    list(fetching("BOALF", committed()["BOALF"])(client, SettlementDays(day, day)))
    assert client.asked[0][1]["from"] == "2026-01-05T18:00:00Z"


def test_what_is_nested_becomes_the_text_of_its_json():
    """As a message about an outage has it; PostgreSQL reads the text as jsonb."""
    row = {"dataset": "REMIT", "mrid": "a", "outageProfile": OUTAGE, "fuelType": None}
    [page] = with_text([json.dumps([row]).encode()], ["outageProfile"])
    [told] = map(json.loads, map(bytes, page))
    assert json.loads(told["outageProfile"]) == OUTAGE
    assert {**told, "outageProfile": OUTAGE} == row


@pytest.mark.parametrize(
    "row", [b'{"mrid":"a","outageProfile":null}', b'{"mrid":"a"}', b'{"mrid":"a","mrid":"b"}', b"[1]"]
)
def test_a_row_with_nothing_nested_or_with_a_fault_is_left_to_the_door(row):
    assert list(with_text([[msgspec.Raw(row)]], ["outageProfile"])) == [[msgspec.Raw(row)]]
