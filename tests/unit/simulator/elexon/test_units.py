"""What BM units notify, bid and are accepted for, with natural keys that hold."""

import json
from collections import Counter, defaultdict

import pytest

DAY = ("2026-05-20T00:00Z", "2026-05-20T23:59Z")


@pytest.fixture(scope="module")
def day(shared_client):
    return {
        code: shared_client.within(code, *DAY)
        for code in ("PN", "QPN", "MELS", "MILS", "BOD", "BOALF", "QAS", "RURE", "MID", "DISBSAD")
    }


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("PN", ("nationalGridBmUnit", "settlementDate", "settlementPeriod", "timeFrom")),
        ("QPN", ("nationalGridBmUnit", "settlementDate", "settlementPeriod", "timeFrom")),
        ("MELS", ("nationalGridBmUnit", "timeFrom", "notificationSequence")),
        ("MILS", ("nationalGridBmUnit", "timeFrom", "notificationSequence")),
        ("BOD", ("nationalGridBmUnit", "timeFrom", "pairId")),
        ("BOALF", ("nationalGridBmUnit", "acceptanceNumber", "timeFrom", "acceptanceTime")),
        ("QAS", ("nationalGridBmUnit", "settlementDate", "settlementPeriod")),
        ("RURE", ("nationalGridBmUnit", "time")),
        ("MID", ("startTime", "dataProvider")),
        ("DISBSAD", ("settlementDate", "settlementPeriod", "id")),
    ],
)
def test_natural_keys_are_unique(day, code, key):
    keys = Counter(tuple(row[name] for name in key) for row in day[code])

    assert keys
    assert max(keys.values()) == 1


def test_some_units_have_no_elexon_name_in_rows_but_all_have_a_national_one(day, shared_client):
    nameless = {row["nationalGridBmUnit"] for row in day["PN"] if row["bmUnit"] is None}
    units = {unit["nationalGridBmUnit"]: unit for unit in shared_client.get("reference/bmunits/all").json()}

    assert nameless
    assert {units[name]["bmUnitType"] for name in nameless} == {"I"}
    assert all(row["nationalGridBmUnit"] for row in day["PN"] + day["BOD"])
    assert {row["nationalGridBmUnit"] for row in day["PN"]} <= set(units)


def test_lines_of_a_period_join_and_some_bend(day):
    lines = defaultdict(list)
    for row in day["PN"]:
        lines[row["nationalGridBmUnit"], row["settlementPeriod"]].append(row)

    counts = Counter(map(len, lines.values()))
    assert counts[1] > counts[2] > 0
    for bent in (each for each in lines.values() if len(each) == 2):
        first, second = sorted(bent, key=lambda row: row["timeFrom"])
        assert (first["timeTo"], first["levelTo"]) == (second["timeFrom"], second["levelFrom"])


def test_a_period_begins_at_the_level_at_which_the_one_before_ended(day):
    begins = {(row["nationalGridBmUnit"], row["timeFrom"]): row["levelFrom"] for row in day["PN"]}
    ends = {(row["nationalGridBmUnit"], row["timeTo"]): row["levelTo"] for row in day["PN"]}

    both = set(begins) & set(ends)
    assert len(both) > 4_000
    assert all(begins[key] == ends[key] for key in both)


def test_the_units_of_a_fuel_share_what_it_gives(day, shared_client):
    wind = {
        unit["nationalGridBmUnit"]
        for unit in shared_client.get("reference/bmunits/all").json()
        if unit["fuelType"] == "WIND" and unit["bmUnitType"] == "T"
    }
    [fuel] = [
        row
        for row in shared_client.published("FUELHH", "2026-05-20T13:00Z", "2026-05-20T13:00Z")
        if row["fuelType"] == "WIND"
    ]
    notified = sum(
        row["levelFrom"]
        for row in day["PN"]
        if row["nationalGridBmUnit"] in wind and row["timeFrom"] == "2026-05-20T12:30:00Z"
    )

    assert notified == pytest.approx(fuel["generation"], rel=0.25)


def test_a_limit_told_anew_has_a_higher_sequence_and_begins_within_the_period(day):
    limits = defaultdict(list)
    for row in day["MELS"]:
        limits[row["nationalGridBmUnit"], row["settlementPeriod"]].append(row)
    twice = [sorted(each, key=lambda row: row["notificationSequence"]) for each in limits.values() if len(each) == 2]

    assert twice
    for standing, anew in twice:
        assert (
            standing["notificationTime"]
            < standing["timeFrom"]
            <= anew["timeFrom"]
            <= anew["notificationTime"][:17] + "00Z"
        )
        assert anew["notificationTime"] > standing["notificationTime"]
        assert anew["timeTo"] == standing["timeTo"]


def test_bids_are_in_pairs_and_some_prices_say_never(day):
    assert {row["pairId"] for row in day["BOD"]} == {-4, -3, -2, -1, 1, 2, 3, 4}
    assert all(row["offer"] >= row["bid"] for row in day["BOD"])
    assert all((row["levelFrom"] > 0) == (row["pairId"] > 0) for row in day["BOD"])
    assert {99_999.0} < {row["offer"] for row in day["BOD"]}
    assert {-99_999.0} < {row["bid"] for row in day["BOD"]}


def test_acceptances_go_on_over_periods_and_numbers_are_a_unit_s_own(day):
    rows = day["BOALF"]
    numbers = defaultdict(set)
    for row in rows:
        numbers[row["acceptanceNumber"]].add(row["nationalGridBmUnit"])

    assert any(row["settlementPeriodTo"] > row["settlementPeriodFrom"] + 1 for row in rows)
    assert max(map(len, numbers.values())) > 1
    assert all(row["acceptanceTime"] < row["timeFrom"] < row["timeTo"] for row in rows)
    assert {row["amendmentFlag"] for row in rows} == {"ORI", "UPD", "INS", "DEL"}


def test_some_acceptances_begin_before_the_period_they_are_listed_under(day, shared_client):
    starts = {
        row["settlementPeriod"]: row["startTime"]
        for row in shared_client.within("MID", *DAY)
        if row["settlementDate"] == "2026-05-20"
    }
    early = [
        row
        for row in day["BOALF"]
        if row["settlementDate"] == "2026-05-20" and row["timeFrom"] < starts.get(row["settlementPeriodFrom"], "")
    ]

    assert early
    period = early[0]["settlementPeriodFrom"]
    listed = shared_client.within(
        "BOALF", "2026-05-20", "2026-05-20", settlementPeriodFrom=period, settlementPeriodTo=period
    )
    assert early[0] in listed


def test_rates_have_one_to_three_parts(day):
    parts = Counter(sum(row[name] is not None for name in ("rate1", "rate2", "rate3")) for row in day["RURE"])

    assert set(parts) == {1, 2, 3}
    assert all((row["elbow2"] is None) == (row["rate2"] is None) for row in day["RURE"])


def test_there_are_as_many_units_as_wanted_and_a_few_that_are_listed_oddly(simulate):
    units = simulate(units=500).get("reference/bmunits/all").json()

    empty = [unit for unit in units if unit["elexonBmUnit"] is None]
    assert len(units) == 500 + len(empty) + 1
    assert len(empty) == 11
    assert [count for count in Counter(unit["nationalGridBmUnit"] for unit in units).values() if count > 1] == [2]
    assert {unit["bmUnitType"] for unit in units} == {"T", "E", "I", "G", "S", "V", None}
    assert {type(unit["generationCapacity"]) for unit in units} == {str, type(None)}


def test_interconnectors_have_the_identifiers_of_reference_data(shared_client, recorded):
    ours = {each["interconnectorId"] for each in shared_client.get("reference/interconnectors/all").json()}
    theirs = {
        unit["interconnectorId"] for unit in json.loads((recorded / "reference" / "bmunits_all.json").read_bytes())
    }

    assert ours == theirs - {None}
