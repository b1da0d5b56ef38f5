"""Each fault of what the API says, as a client meets it; and that it heals."""

import json
from itertools import pairwise

import pytest

from include.simulator.carbon_intensity.faults import FAULTS
from include.simulator.faults import ON_THE_WAY

DAY, MORNING = "2026-05-30T00:00Z/2026-05-31T00:00Z", "2026-05-30T00:00Z/2026-05-30T06:00Z"
PATHS = {
    "national": f"intensity/{DAY}",
    "generation": f"generation/{DAY}",
    "regional": f"regional/intensity/{MORNING}",
    "factors": "intensity/factors",
}
STARTS = 49


@pytest.fixture(scope="module")
def client(shared_client):
    return shared_client


@pytest.fixture
def play(client):
    """Play one fault on the next request only, and no fault after the test."""

    def played(name, path=PATHS["national"], **state):
        response = client.change(fault=name, **{"fault_times": 1, **state})
        assert response.status_code == 200, response.text
        return client.get(path)

    yield played
    client.change(fault=None, fault_times=None, fault_on=None, fault_at=None)


def starts(response):
    return [each["from"] for each in response.json()["data"]]


def intensities(response):
    return [each["intensity"] for each in response.json()["data"]]


def test_every_fault_of_the_api_has_a_test_here():
    tests = " ".join(name.removeprefix("test_") for name in globals())
    own = [name for name in FAULTS if name not in {fault.name for fault in ON_THE_WAY}]

    assert [name for name in own if name.replace("-", "_") not in tests] == []


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.on_reply is None])
def test_every_answer_can_be_struck_and_heals(client, play, name, path):
    sound = client.get(path)

    spoilt = play(name, path)

    assert spoilt.status_code == 200
    # There are regions in one family only, and no half-hours among the factors.
    cannot_be = name == "missing-region" if "regional" not in path else False
    cannot_be |= "factors" in path and name in ("outside-row", "out-of-order-rows")
    assert (spoilt.content == sound.content) == cannot_be
    assert client.get(path).content == sound.content


def test_500_has_the_recorded_body(play, recorded):
    response = play("500")

    assert response.status_code == 500
    assert response.json() == json.loads((recorded / "errors" / "500_resource_not_found.json").read_text())


def test_429_is_an_error_of_the_api_and_tells_when_to_come_back(play):
    response = play("429", retry_after="7")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response.json()["error"]["code"] == "429 Too Many Requests"


@pytest.mark.parametrize(
    ("name", "body"),
    [("empty-object", {}), ("empty-array", []), ("null-data", {"data": None}), ("empty-data", {"data": []})],
)
def test_empty_object_empty_array_null_data_and_empty_data_come_under_200(play, name, body):
    response = play(name)

    assert (response.status_code, response.json()) == (200, body)


def test_missing_half_hours_leave_a_hole(play):
    found = starts(play("missing-half-hours", fault_at="2026-05-30T04:00:00Z"))

    assert len(found) == STARTS - 3
    assert not {f"2026-05-30T{time}Z" for time in ("04:00", "04:30", "05:00")} & set(found)


def test_duplicate_rows_are_alike(play):
    rows = [json.dumps(each) for each in play("duplicate-rows").json()["data"]]

    assert (len(rows), len(set(rows))) == (STARTS + 3, STARTS)


def test_a_half_hour_told_twice_has_two_values(play):
    rows = play("told-twice").json()["data"]
    [twice] = [one for one, other in pairwise(rows) if one["from"] == other["from"]]

    assert len({json.dumps(row) for row in rows if row["from"] == twice["from"]}) == 2


def test_null_values_and_a_bad_row_stand_in_one_row(play):
    assert [each["forecast"] for each in intensities(play("null-values"))].count(None) == 1
    assert [each["forecast"] for each in intensities(play("bad-row"))].count(-99_999) == 1


def test_an_outside_row_is_a_week_old(play):
    found = starts(play("outside-row"))

    assert found[:2] == ["2026-05-22T23:30Z", "2026-05-29T23:30Z"]


def test_a_withdrawn_tail_and_a_silently_short_answer_end_early(play):
    assert starts(play("withdrawn-tail"))[-1] == "2026-05-30T20:30Z"
    assert len(starts(play("silently-short"))) == STARTS - 4


def test_out_of_order_rows_are_all_there(play):
    found = starts(play("out-of-order-rows"))

    assert len(set(found)) == STARTS
    assert found != sorted(found)


def test_a_missing_region_leaves_17(play):
    rows = play("missing-region", PATHS["regional"]).json()["data"]

    assert sorted({len(row["regions"]) for row in rows}) == [17, 18]


def test_text_numbers_are_text(play):
    assert all(isinstance(each["forecast"], str) for each in intensities(play("text-numbers")))


def test_a_renamed_field_is_gone_and_a_new_field_stands_beside(play):
    assert set(intensities(play("renamed-field"))[0]) == {"forecast_value", "actual", "index"}
    assert set(intensities(play("new-field"))[0]) == {"forecast", "forecast_confidence", "actual", "index"}
