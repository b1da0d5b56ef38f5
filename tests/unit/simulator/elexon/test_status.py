"""/data-status tells how many rows the dataset's own route tells, and the API drifts when it is told to."""

from collections import Counter

import pytest

LISTED = (
    "BOALF",
    "BOAV",
    "BOD",
    "DISBSAD",
    "DISEBSP",
    "DISPTAV",
    "EBOCF",
    "FREQ",
    "ISPSTACK",
    "NETBSAD",
    "PN",
    "REMIT",
)


def counts(client, code, **asked):
    body = client.get(f"data-status/{code}", **asked).json()
    assert body["metadata"] == {"datasets": [code]}
    return {(row["settlementDate"], row["settlementPeriod"]): row["dataPointCount"] for row in body["data"]}


@pytest.mark.parametrize("code", LISTED)
def test_the_last_25_periods_are_told_and_the_one_that_runs_is_the_first(shared_client, code):
    told = counts(shared_client, code)

    assert len(told) == 25
    assert next(iter(told)) == ("2026-05-31", 27)
    assert list(told)[-1] == ("2026-05-31", 3)
    assert sum(told.values()) > 0


@pytest.mark.parametrize(
    ("code", "period"), [("PN", ""), ("BOD", ""), ("NETBSAD", ""), ("DISBSAD", ""), ("BOALF", "From")]
)
def test_counts_agree_with_the_rows_of_each_period(shared_client, code, period):
    asked = {"settlementPeriodFrom": 1, "settlementPeriodTo": 48}
    rows = shared_client.within(code, "2026-05-20", "2026-05-20", **asked)

    told = counts(shared_client, code, settlementDateFrom="2026-05-20", settlementDateTo="2026-05-20")

    assert len(told) == 48
    found = Counter((row["settlementDate"], row[f"settlementPeriod{period}"]) for row in rows)
    assert told == {key: found[key] for key in told}
    assert sum(told.values()) == len(rows)


@pytest.mark.parametrize(
    ("code", "member", "window"),
    [("FREQ", "measurementTime", "measurementDateTime"), ("REMIT", "publishTime", "publishDateTime")],
)
def test_counts_without_settlement_periods_agree_by_time(shared_client, code, member, window):
    told = counts(shared_client, code, settlementDateFrom="2026-05-20", settlementDateTo="2026-05-20")

    for period, begin, end in (
        (1, "2026-05-19T23:00:00Z", "2026-05-19T23:29:59Z"),
        (28, "2026-05-20T12:30:00Z", "2026-05-20T12:59:59Z"),
    ):
        rows = shared_client.stream(code, **{f"{window}From": begin, f"{window}To": end})
        assert told["2026-05-20", period] == len(rows)
    assert sum(told.values()) > 48


def test_prices_are_counted_once_they_are_made(shared_client):
    told = counts(shared_client, "DISEBSP")

    assert list(told.values()) == [0, 0] + [1] * 23


@pytest.mark.parametrize(("day", "periods"), [("2025-10-26", 50), ("2026-03-29", 46)])
def test_a_day_has_the_periods_it_has(shared_client, day, periods):
    assert len(counts(shared_client, "NETBSAD", settlementDateFrom=day, settlementDateTo=day)) == periods


def test_other_names_are_not_found(shared_client):
    assert shared_client.get("data-status/FUELINST").status_code == 404


def test_a_new_member_is_in_rows_and_in_the_document_of_its_dataset_only(simulate):
    client = simulate(new_fields="FUELINST.newField")
    schemas = client.openapi()["components"]["schemas"]
    told = {
        name.rpartition(".")[2]: schema["properties"]
        for name, schema in schemas.items()
        if "DatasetResponse" not in name
    }

    assert "newField" in client.rows("FUELINST")[0]
    assert "newField" not in client.rows("FUELHH")[0]
    assert told["FUELINST"]["newField"] == {"type": "string", "nullable": True}
    assert "newField" not in told["AugmentedOutturnData"]


def test_a_new_dataset_is_on_the_list_in_the_document_and_has_rows(simulate):
    client = simulate(new_codes="NEWSET")

    assert client.get("datasets/metadata/latest").json()["data"][-1] == {
        "dataset": "NEWSET",
        "lastUpdated": "2026-05-31T12:00:00Z",
    }
    assert {"/datasets/NEWSET", "/datasets/NEWSET/stream"} <= client.openapi()["paths"].keys()
    assert len(client.rows("NEWSET", publishDateTimeFrom="2026-05-20", publishDateTimeTo="2026-05-21")) == 49


def test_a_dataset_that_is_gone_is_nowhere(simulate):
    client = simulate(gone_codes=["MID", "PN"])
    names = {row["dataset"] for row in client.get("datasets/metadata/latest").json()["data"]}

    assert len(names & {"MID", "PN"}) == 0
    assert len(names) == 80
    assert not {"/datasets/MID", "/datasets/MID/stream"} & client.openapi()["paths"].keys()
    assert client.get("datasets/MID", **{"from": "2026-05-20", "to": "2026-05-20"}).status_code == 404
    assert set(counts(client, "PN").values()) == {0}


@pytest.mark.parametrize(
    "setting",
    [
        {"new_fields": "FUELINST"},
        {"new_fields": "NONE.member"},
        {"units": 0},
        {"start": "2008-01-01"},
        {"prepared": "/nowhere"},
        {"recorded": "/none.json"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(simulate, setting):
    client = simulate()

    response = client.change(**setting)

    assert response.status_code == 400
    assert "\n" not in response.json()["error"]
    assert client.get("health").status_code == 200
