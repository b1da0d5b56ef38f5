"""Recorded files are served row by row, by the routes and rules of simulated ones; prepared days as they lie there."""

import csv
import gzip
import json
from collections import Counter

import pytest

from include.simulator.elexon.reading import read
from include.simulator.state import StateError

BIDS = "pn_boalf_bod/bod_2020-02-23.parquet"
LATER = "2026-11-01T00:00:00Z"


@pytest.fixture
def serve(simulate, recorded):
    """Serve files of the recorded folder, long after they were recorded."""
    return lambda *names, now=LATER: simulate(now=now, recorded=[str(recorded / name) for name in names])


def test_a_body_comes_back_row_by_row(serve, recorded):
    theirs = json.loads(
        gzip.decompress((recorded / "fuelinst" / "DERIVED_fuelinst_api_shape_2025-10-25_26.json.gz").read_bytes())
    )["data"]
    client = serve("fuelinst/DERIVED_fuelinst_api_shape_2025-10-25_26.json.gz")

    assert client.stream("FUELINST", settlementDateFrom="2025-10-25", settlementDateTo="2025-10-26") == theirs
    edge = client.published("FUELINST", "2025-10-26T11:30Z", "2025-10-26T11:35Z")
    assert edge == [row for row in theirs if row["publishTime"] in ("2025-10-26T11:30:00Z", "2025-10-26T11:35:00Z")]
    assert {row["settlementPeriod"] for row in edge if row["publishTime"].endswith("35:00Z")} == {26}
    assert client.rows("FUELINST") == theirs[:20]


def test_a_row_comes_back_digit_by_digit(simulate, tmp_path):
    about = '{"dataset": "MID", "startTime": "2026-05-20T00:00:00Z", "dataProvider": "A \\"B\\" C"'
    row = f'{about}, "settlementDate": "2026-05-20", "settlementPeriod": 3, "price": 88.480, "volume": 2.4950E+3}}'
    (tmp_path / "mid.json").write_text(f'{{"metadata": null,\n "data": [\n  {row}\n ]\n}}')
    client = simulate(recorded=str(tmp_path / "mid.json"))

    text = client.get("datasets/MID/stream", **{"from": "2026-05-20", "to": "2026-05-21"}).text

    assert text == f"[{row}]"


def test_every_sample_comes_back(simulate, recorded):
    others = ("market_depth", "one_record_2025")
    paths = [path for path in (recorded / "samples").glob("*.json") if path.stem not in others]
    client = simulate(now=LATER, recorded=[str(path) for path in paths])

    for path in paths:
        theirs = json.loads(path.read_text())
        if path.stem == "bmunits_reference":
            assert client.get("reference/bmunits/all").json() == theirs
        elif path.stem == "system_prices":
            assert client.get("balancing/settlement/system-prices/2026-05-06").json() == theirs
        elif path.stem == "remit":
            assert client.published("REMIT", "2026-05-06", "2026-05-07") == theirs["data"]
        elif theirs["data"][0]["dataset"] in ("FUELINST", "FUELHH", "NDF", "FOU2T14D", "IMBALNGC"):
            assert client.rows(theirs["data"][0]["dataset"]) == theirs["data"]


def test_a_month_of_snapshots_is_served_without_what_is_no_snapshot(serve):
    client = serve("fuelinst/fuelinst_2025-10.parquet")

    rows = client.published("FUELINST", "2025-10-26T11:35Z", "2025-10-26T11:35Z")

    net = {row["fuelType"]: row["generation"] for row in rows if row["fuelType"].startswith("INT")}
    assert (len(rows), sum(net.values()), net["INTFR"], net["INTGRNL"]) == (20, 6_759, 1_505, -272)
    assert {(row["startTime"], row["settlementPeriod"]) for row in rows} == {("2025-10-26T11:30:00Z", 26)}
    assert len(client.published("FUELINST", "2025-10-10T00:00Z", "2025-10-10T03:00Z")) == 37 * 20
    assert (
        len(client.stream("FUELINST", settlementDateFrom="2025-10-26", settlementDateTo="2025-10-26")) == 25 * 12 * 20
    )


def test_wide_half_hours_keep_their_labels_wrong_as_some_are(serve, recorded):
    with gzip.open(recorded / "fuelhh" / "fuelhh_2022.csv.gz", "rt", newline="") as file:
        theirs = {row["period_start_utc"]: row for row in csv.DictReader(file)}
    client = serve("fuelhh/fuelhh_2022.csv.gz")

    rows = client.published("FUELHH", "2022-01-01T00:30:00Z", "2022-01-02T00:00Z")

    assert len(rows) == sum(
        1
        for start, row in theirs.items()
        if "2022-01-01" <= start < "2022-01-02"
        for name in row
        if name.isupper() and row[name] and name not in ("INDO", "ITSDO")
    )
    for row in rows:
        told = theirs[row["startTime"]]
        assert str(row["generation"]) == told[row["fuelType"]]
        assert (row["settlementDate"], str(row["settlementPeriod"])) == (
            told["settlement_date"],
            told["settlement_period"],
        )
    [last] = {
        (row["settlementDate"], row["settlementPeriod"]) for row in rows if row["startTime"] == "2022-01-01T23:30:00Z"
    }
    assert last == ("2022-01-02", 48)
    window = {"publishDateTimeFrom": "2022-01-01T01:00Z", "publishDateTimeTo": "2022-01-01T01:00Z"}
    assert [client.rows(code, **window)[0]["demand"] for code in ("INDO", "ITSDO")] == [22_343, 23_913]
    labelled = client.stream(
        "FUELHH", settlementDateFrom="2022-01-02", settlementDateTo="2022-01-02", settlementPeriod=48
    )
    assert {row["startTime"] for row in labelled} == {"2022-01-01T23:30:00Z"}


def test_recorded_prices_are_served_with_all_their_members(serve, recorded):
    body = json.loads((recorded / "system_prices" / "system_prices_2025-10-26.json").read_bytes())
    client = serve("system_prices/system_prices_2025-10-26.json", "system_prices/system_price_2024.csv")

    assert client.get("balancing/settlement/system-prices/2025-10-26").json() == body
    [alone] = client.get("balancing/settlement/system-prices/2024-02-01/1").json()["data"]
    assert list(alone) == list(body["data"][0])
    with (recorded / "system_prices" / "system_price_2024.csv").open(newline="") as file:
        told = {
            (row["settlement_date"], row["settlement_period"]): float(row["system_sell_price"])
            for row in csv.DictReader(file)
        }
    assert (alone["systemSellPrice"], alone["systemBuyPrice"]) == (told["2024-02-01", "1"],) * 2
    status = client.get("data-status/DISEBSP", settlementDateFrom="2025-10-26", settlementDateTo="2025-10-26").json()[
        "data"
    ]
    assert [row["dataPointCount"] for row in status] == [1] * 50


def test_a_day_of_bids_is_served_with_the_first_period_after_it(serve, recorded):
    client = serve(BIDS, "pn_boalf_bod/bod_2020-07-07_SP4.csv")

    status = client.get("data-status/BOD", settlementDateFrom="2020-02-24", settlementDateTo="2020-02-24").json()[
        "data"
    ]
    rows = client.within("BOD", "2020-02-23T23:30Z", "2020-02-24T00:00Z")

    assert [row["dataPointCount"] for row in status] == [0] * 47 + [2_184]
    assert Counter(row["timeFrom"] for row in rows)["2020-02-24T00:00:00Z"] == 2_184
    assert len({(row["nationalGridBmUnit"], row["timeFrom"], row["pairId"]) for row in rows}) == len(rows)
    assert None in {row["bmUnit"] for row in rows}
    assert {type(row["offer"]) for row in rows} == {float}
    assert len(client.within("BOD", "2020-07-07", "2020-07-08")) == 4_459
    assert read([recorded / BIDS]).database.execute("SELECT count(*) FROM bod").fetchone() == (106_842,)


def test_old_physical_data_are_told_in_the_words_of_today(serve):
    client = serve("reference/bmunits_all.json", "pn_boalf_bod/legacy_PhysicalData_2022-03-19_SP27.csv")
    asked = {"settlementPeriodFrom": 27, "settlementPeriodTo": 27}

    counts = {
        code: len(client.within(code, "2022-03-19", "2022-03-19", **asked))
        for code in ("PN", "QPN", "MELS", "MILS", "BOALF")
    }

    assert counts == {"PN": 1_540, "QPN": 1_353, "MELS": 1_451, "MILS": 1_372, "BOALF": 121}
    acceptances = client.within("BOALF", "2022-03-19", "2022-03-19", bmUnit="T_WLNYO-4", **asked)
    assert {row["nationalGridBmUnit"] for row in acceptances} == {"WLNYO-4"}
    assert (23_056, "2022-03-19T13:10:00Z") in {(row["acceptanceNumber"], row["acceptanceTime"]) for row in acceptances}
    ramps = [
        (row["levelFrom"], row["levelTo"], row["soFlag"])
        for row in client.within("BOALF", "2022-03-19", "2022-03-19", bmUnit="E_BTUIW-3", **asked)
        if row["timeFrom"] == "2022-03-19T13:20:00Z"
    ]
    assert (0, 43, False) in ramps
    assert len(client.rows("PN", settlementDate="2022-03-19", settlementPeriod=27)) == 1_540


def test_market_prices_that_overlap_are_told_once(serve, recorded):
    names = [f"mid/{path.name}" for path in sorted((recorded / "mid").glob("MarketIndexPrices-2026-05-*"))]
    client = serve(*names)

    rows = client.within("MID", "2026-05-04", "2026-05-08")

    assert len(rows) == (4 * 48 - 22) * 2  # they begin at 11:30 on the 4th, and one row is of the 8th
    assert max(Counter((row["startTime"], row["dataProvider"]) for row in rows).values()) == 1
    assert {
        (row["dataProvider"], row["price"]) for row in client.within("MID", "2026-05-27T11:30Z", "2026-05-27T11:30Z")
    } == {("APXMIDP", 88.48), ("N2EXMIDP", 0.0)}


def test_a_demand_forecast_becomes_two_datasets_with_its_repeated_rows(serve, recorded):
    name = "demand_forecast/demand_day_ahead_latest_20240708_20240714.json"
    theirs = json.loads((recorded / name).read_bytes())["data"]
    client = serve(name)

    for code, member in (("NDF", "nationalDemand"), ("TSDF", "transmissionSystemDemand")):
        rows = client.published(code, "2024-07-07", "2024-07-15")
        assert Counter((row["startTime"], row["publishTime"], row["demand"]) for row in rows) == Counter(
            (row["startTime"], row["publishTime"], row[member]) for row in theirs
        )
        assert (len(rows), {row["boundary"] for row in rows}) == (300, {"N"})
    assert any(row["demand"] is None for row in client.published("NDF", "2024-07-07", "2024-07-15"))


def test_recorded_rows_are_known_when_they_were_published(serve):
    client = serve("fuelhh/fuelhh_2026-03-29_excerpt.json", now="2026-03-29T22:59:59Z")
    before = {row["publishTime"] for row in client.rows("FUELHH")}
    told = {row["dataset"]: row["lastUpdated"] for row in client.get("datasets/metadata/latest").json()["data"]}
    client.change(now="2026-03-29T23:00:00Z")

    assert before == {told["FUELHH"]}
    assert told["FUELHH"] < "2026-03-29T23:00:00Z"
    assert {row["publishTime"] for row in client.rows("FUELHH")} == {"2026-03-29T23:00:00Z"}


def test_what_no_recording_tells_of_is_simulated(serve):
    client = serve("fuelhh/fuelhh_2026-03-29_excerpt.json", now="2026-05-31T12:00:00Z")

    assert len(client.rows("FUELHH")) == 4
    assert len(client.rows("FUELINST")) == 20
    assert len(client.get("balancing/settlement/system-prices/2026-05-20").json()["data"]) == 48


def test_faults_strike_recorded_rows_too(serve):
    client = serve("fuelhh/fuelhh_2026-03-29_excerpt.json")
    client.change(fault="short")

    assert len(client.rows("FUELHH")) == 3


@pytest.mark.parametrize("content", ["{", "[]", '{"data": []}', '[{"price": 1}]', '[{"dataset": "NONE"}]', "[1]"])
def test_a_file_that_is_no_recording_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "body.json"
    path.write_text(content)

    with pytest.raises(StateError) as refused:
        read([path])
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["notes.csv", "fuelinst_2026.parquet", "system_price_2026.csv", "fuelhh_2026.csv"])
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path, name):
    (tmp_path / name).write_text("a,b\n1,2\n")

    with pytest.raises(StateError, match=name) as refused:
        read([tmp_path / name])
    assert "\n" not in str(refused.value)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "PN").mkdir()
    for day in ("2026-05-20", "2026-05-21", "2026-05-22"):
        about = {"dataset": "PN", "day": day, "settlementDate": day, "settlementPeriod": 9}
        rows = [] if day == "2026-05-21" else [{**about, "number": number} for number in range(3)]
        (tmp_path / "PN" / f"{day}.json").write_text(f" {json.dumps(rows, indent=1)}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"from": "2026-05-20", "to": "2026-05-21"}, ["2026-05-20"]),
        ({"from": "2026-05-20T00:00Z", "to": "2026-05-20T23:59:59Z"}, ["2026-05-20"]),
        ({"from": "2026-05-19T23:00Z", "to": "2026-05-20T22:30Z"}, ["2026-05-20"]),
        (
            {"from": "2026-05-20", "to": "2026-05-20", "settlementPeriodFrom": 1, "settlementPeriodTo": 48},
            ["2026-05-20"],
        ),
        ({"from": "2026-05-20", "to": "2026-05-23"}, ["2026-05-22", "2026-05-20"]),
        ({"from": "2026-05-21", "to": "2026-05-22"}, []),
    ],
)
def test_prepared_days_are_sent_as_they_lie_there(simulate, folder, asked, days):
    rows = simulate(prepared=str(folder)).stream("PN", **asked)

    assert [(row["day"], row["number"]) for row in rows] == [(day, number) for day in days for number in range(3)]


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-05-22", "to": "2026-05-24"},
        {"from": "2026-05-20T06:00Z", "to": "2026-05-21T06:00Z"},
        {"from": "2026-05-20", "to": "2026-05-21", "bmUnit": "ABRBO-1"},
    ],
)
def test_what_is_not_prepared_whole_is_simulated(simulate, folder, asked):
    client = simulate(prepared=str(folder))

    assert "day" not in client.stream("PN", **asked)[0]
    assert "day" not in client.rows("PN", settlementDate="2026-05-20", settlementPeriod=1)[0]


def test_faults_strike_prepared_days_too(simulate, folder):
    client = simulate(prepared=str(folder), fault="repeated", fault_times=1)
    asked = {"from": "2026-05-20", "to": "2026-05-21"}

    assert len(client.stream("PN", **asked)) == 5
    assert len(client.stream("PN", **asked)) == 3
    client.change(fault="no-bracket")
    assert client.get("datasets/PN/stream", **asked).text.endswith("}")


def test_prepared_rows_are_counted(simulate, folder):
    client = simulate(prepared=str(folder))
    window = {"settlementDateFrom": "2026-05-19", "settlementDateTo": "2026-05-20"}

    told = client.get("data-status/PN", **window).json()["data"]

    counts = {(row["settlementDate"], row["settlementPeriod"]): row["dataPointCount"] for row in told}
    assert [counts["2026-05-20", period] for period in (8, 9, 10)] == [0, 3, 0]
    assert counts["2026-05-19", 9] == len(client.rows("PN", settlementDate="2026-05-19", settlementPeriod=9))
