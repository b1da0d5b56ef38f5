"""Incidents that are planted in what is told of generation: each as a client meets it, and nothing beside it."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import fmean

import pytest

from include.simulator.command import playing_with
from include.simulator.elexon.codes import CABLES_MW
from include.simulator.state import StateError
from tests.unit.simulator.conftest import NOON
from tests.unit.simulator.elexon.conftest import playing

# All that is told in a few hours; by chance, none of it is told anew or late.
HOURS = ("2026-05-22T10:00Z", "2026-05-22T15:00Z")
EVERY = {"FUELINST": timedelta(minutes=5), "FUELHH": timedelta(minutes=30)}
FROM, UNTIL = "2026-05-22T10:30:00Z", "2026-05-22T11:30:00Z"
# Each for an hour from half past ten.
PLANTED = {
    "failover": "failover 2026-05-22T10:30 60",
    "over-capacity": "over-capacity 2026-05-22T10:30 60 INTVKL",
    "late": "late 2026-05-22T10:30 60",
    "doubled": "doubled 2026-05-22T10:30 60",
    "unknown-fuel": "unknown-fuel 2026-05-22T10:30 60",
    "new-cable": "new-cable 2026-05-22T10:30 60",
}
NEWCOMERS = {"unknown-fuel": "FUSION", "new-cable": "INTNEU"}


@pytest.fixture(scope="module")
def client():
    with playing() as client:
        yield client


@pytest.fixture
def plant(client):
    """Plant incidents for one test."""

    def planted(*incidents, now=NOON):
        response = client.change(incidents=incidents, now=now)
        assert response.status_code == 200, response.text
        return client

    yield planted
    client.change(incidents=None, now=NOON)


def told(client, code, hours=HOURS):
    """Return the rows of some hours by their start and fuel, the newest first."""
    return by_key(client.published(code, *hours))


def by_key(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["startTime"], row["fuelType"]].append(row)
    return found


def mw(client, code, hours=HOURS):
    """Return MW by start and fuel, as told first."""
    return {key: rows[-1]["generation"] for key, rows in told(client, code, hours).items()}


def struck(found, begin=FROM, end=UNTIL):
    return {key: each for key, each in found.items() if begin <= key[0] < end}


def at(text):
    return datetime.fromisoformat(text)


def after_its_end(row):
    return at(row["publishTime"]) - at(row["startTime"]) - EVERY[row["dataset"]]


def test_without_incidents_nothing_changes(client, plant):
    def answers():
        spans = (HOURS, ("2025-11-27T10:00Z", "2025-11-27T15:00Z"))  # a failover on record
        windows = [{"publishDateTimeFrom": begin, "publishDateTimeTo": end} for begin, end in spans]
        return [client.get(f"datasets/{code}/stream", **window).content for code in EVERY for window in windows]

    before = answers()

    plant(*(text.replace("2026", "2024") for text in PLANTED.values()))
    assert answers() == before
    plant(*PLANTED.values())
    assert [now == then for now, then in zip(answers(), before, strict=True)] == [False, True, False, True]
    plant()
    assert answers() == before


@pytest.mark.parametrize("code", EVERY)
def test_what_lies_around_an_incident_stays_as_it_was(client, plant, code):
    before = told(client, code)

    after = told(plant(*PLANTED.values()), code)

    assert {key: each for key, each in after.items() if key not in struck(after)} == {
        key: each for key, each in before.items() if key not in struck(before)
    }


def test_the_grid_has_no_incidents_and_nothing_else_tells_of_them(client, plant):
    window = {"publishDateTimeFrom": "2026-05-22", "publishDateTimeTo": "2026-05-23"}
    codes = ("INDO", "ITSDO", "INDOD", "AGPT", "NDF")
    before = [client.get(f"datasets/{code}", **window).content for code in codes]

    plant(*PLANTED.values())

    assert [client.get(f"datasets/{code}", **window).content for code in codes] == before


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("span", ["10:30 60", "10:35 40"])
def test_a_half_hour_is_the_mean_of_its_snapshots_during_an_incident_too(plant, kind, span):
    client = plant(PLANTED[kind].replace("10:30 60", span))
    snapshots = defaultdict(list)
    for (start, fuel), each in struck(mw(client, "FUELINST")).items():
        half_hour = at(start) - timedelta(minutes=at(start).minute % 30)
        snapshots[half_hour.strftime("%Y-%m-%dT%H:%M:%SZ"), fuel].append(each)

    half_hours = struck(mw(client, "FUELHH"))

    assert half_hours.keys() == snapshots.keys()
    # A newcomer gives nothing before it is there.
    means = {key: fmean(each + [0] * (6 - len(each))) for key, each in snapshots.items()}
    assert {key: each for key, each in half_hours.items() if abs(each - means[key]) > 0.5} == {}


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("code", EVERY)
def test_nothing_is_shown_before_it_is_published_and_then_all_of_it(plant, kind, code):
    rows = plant(PLANTED[kind]).published(code, *HOURS)
    published = sorted({row["publishTime"] for each in struck(by_key(rows)).values() for row in each})

    for now in (FROM, UNTIL, published[0], published[len(published) // 2], published[-1]):
        for clock in (at(now) - timedelta(seconds=1), at(now)):
            shown = plant(PLANTED[kind], now=clock.isoformat()).published(code, *HOURS)
            assert shown == [row for row in rows if at(row["publishTime"]) <= clock]


@pytest.mark.parametrize("code", EVERY)
def test_in_a_failover_all_own_fuels_read_zero_and_cables_do_not(client, plant, code):
    before = mw(client, code)

    after = struck(mw(plant(PLANTED["failover"]), code))

    assert {each for (_, fuel), each in after.items() if fuel not in CABLES_MW} == {0}
    cables = {key: each for key, each in after.items() if key[1] in CABLES_MW}
    assert cables == {key: before[key] for key in cables}
    assert any(cables.values())


@pytest.mark.parametrize("code", EVERY)
def test_a_failover_is_told_hours_late(plant, code):
    rows = [row for each in struck(told(plant(PLANTED["failover"]), code)).values() for row in each]

    assert {after_its_end(row) for row in rows} == {timedelta(hours=2)}


@pytest.mark.parametrize("code", EVERY)
def test_a_cable_reads_above_its_capacity_and_the_others_do_not(client, plant, code):
    before = struck(mw(client, code))

    after = struck(mw(plant("over-capacity 2026-05-22T10:30 60 INTNED", PLANTED["over-capacity"]), code))

    assert {each for (_, fuel), each in after.items() if fuel == "INTVKL"} == {2_380}
    assert {each for (_, fuel), each in after.items() if fuel == "INTNED"} == {1_700}
    others = {key for key in after if key[1] not in ("INTVKL", "INTNED")}
    assert {key: after[key] for key in others} == {key: before[key] for key in others}


def test_what_reads_above_capacity_is_not_told_anew_by_chance_as_others_are(client, plant):
    hours = ("2026-05-20T11:00Z", "2026-05-21T12:00Z")
    before = struck(mw(client, "FUELINST", hours), "2026-05-20T11:05:00Z", "2026-05-20T11:10:00Z")

    plant("over-capacity 2026-05-20T11:00 60 INTVKL")

    after = struck(told(client, "FUELINST", hours), "2026-05-20T11:05:00Z", "2026-05-20T11:10:00Z")
    published = {fuel: row["publishTime"] for (_, fuel), [row] in after.items()}
    assert len(set(published.values())) == 2
    assert published["INTVKL"] == min(published.values())
    assert {key[1] for key, [row] in after.items() if row["generation"] != before[key]} == {"INTVKL"}


@pytest.mark.parametrize("code", EVERY)
def test_what_is_late_comes_three_hours_after_its_time_with_the_same_values(client, plant, code):
    before = mw(client, code)

    after = told(plant(PLANTED["late"]), code)

    assert {after_its_end(row) for rows in struck(after).values() for row in rows} == {timedelta(hours=3)}
    assert mw(client, code) == before


def test_while_it_is_late_the_latest_is_what_came_before(plant):
    client = plant(PLANTED["late"], now="2026-05-22T11:31:00Z")

    assert {row["startTime"] for row in client.rows("FUELINST")} == {"2026-05-22T10:25:00Z"}
    assert {row["startTime"] for row in client.rows("FUELHH")} == {"2026-05-22T10:00:00Z"}


@pytest.mark.parametrize("code", EVERY)
def test_what_is_doubled_stands_twice_in_one_answer_the_second_time_later_and_higher(client, plant, code):
    before = mw(client, code)

    after = told(plant(PLANTED["doubled"]), code)

    assert {key for key, rows in after.items() if len(rows) == 2} == set(struck(after))
    for key, (second, first) in struck(after).items():
        assert at(second["publishTime"]) - at(first["publishTime"]) == timedelta(minutes=5)
        assert (first["generation"], second["generation"]) == (before[key], before[key] + 4)


def test_the_second_telling_can_be_asked_for_by_its_own_time(plant):
    client = plant(PLANTED["doubled"])

    rows = client.published("FUELHH", "2026-05-22T11:05Z", "2026-05-22T11:05Z")

    assert {(row["startTime"], row["publishTime"]) for row in rows} == {(FROM, "2026-05-22T11:05:00Z")}
    assert len(rows) == 20


@pytest.mark.parametrize("code", EVERY)
def test_an_unknown_fuel_gives_a_little_for_a_while_and_leaves_the_others_alone(client, plant, code):
    before = told(client, code)

    after = told(plant(PLANTED["unknown-fuel"], "unknown-fuel 2026-05-22T10:30 60 TIDAL"), code)

    for fuel in ("FUSION", "TIDAL"):
        new = {key: rows for key, rows in after.items() if key[1] == fuel}
        assert {key[0] for key in new} == {key[0] for key in struck(before)}
        assert {row["generation"] for rows in new.values() for row in rows} == {120}
    assert {key: rows for key, rows in after.items() if key[1] not in ("FUSION", "TIDAL")} == before


def test_a_newcomer_can_be_asked_for_by_name(plant):
    client = plant(PLANTED["unknown-fuel"])

    rows = client.stream("FUELHH", settlementDateFrom="2026-05-22", settlementDateTo="2026-05-22", fuelType="FUSION")

    assert [(row["startTime"], row["settlementPeriod"], row["generation"]) for row in rows] == [
        ("2026-05-22T11:00:00Z", 25, 120),
        ("2026-05-22T10:30:00Z", 24, 120),
    ]


@pytest.mark.parametrize("code", EVERY)
@pytest.mark.parametrize(("minutes", "until"), [(60, UNTIL), (720, "2026-05-22T22:30:00Z")])
def test_a_new_cable_is_there_for_its_time_and_changes_direction(client, plant, code, minutes, until):
    hours = (HOURS[0], "2026-05-22T23:00Z")
    before = told(client, code, hours)

    after = mw(plant(f"new-cable 2026-05-22T10:30 {minutes} INTXYZ"), code, hours)

    flows = {start: each for (start, fuel), each in after.items() if fuel == "INTXYZ"}
    assert flows.keys() == {start for start, _ in struck(before, end=until)}
    assert min(flows.values()) < -400
    assert max(flows.values()) > 400


def test_a_failover_strikes_unknown_fuels_too_and_no_new_cable(plant):
    client = plant(PLANTED["failover"], PLANTED["unknown-fuel"], PLANTED["new-cable"])

    after = struck(mw(client, "FUELINST"))

    assert {each for (_, fuel), each in after.items() if fuel == "FUSION"} == {0}
    assert all(each for (_, fuel), each in after.items() if fuel == "INTNEU")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "KIND START MINUTES [CODE], of the kinds failover, over-capacity, late"),
        ("flood 2026-05-22T10:30 60", "'flood 2026-05-22T10:30 60' is no incident"),
        ("failover 2026-05-22T10:30", "is no incident: KIND START MINUTES [CODE]"),
        ("late noon 60", "'noon' is no ISO instant such as"),
        ("late 2026-05-22T10:32 60", "START and MINUTES are multiples of five minutes"),
        ("late 2026-05-22T10:30 31", "START and MINUTES are multiples of five minutes"),
        ("late 2026-05-22T10:30 0", "a number such as 30, not '0'"),
        ("late 2026-05-22 10:30 60", "a number such as 30, not '10:30'"),
        ("doubled 2026-05-22T10:30 60 WIND", "doubled strikes all codes, and names none such as 'WIND'"),
        ("over-capacity 2026-05-22T10:30 60", "names one of the cables INTELEC, INTFR,"),
        ("over-capacity 2026-05-22T10:30 60 WIND", "names one of the cables INTELEC, INTFR,"),
        ("over-capacity 2020-05-20T10:30 60 INTVKL", "INTVKL is told of from 2023-11-22T00:00:00Z on"),
        ("unknown-fuel 2026-05-22T10:30 60 WIND", "a code that is new, such as FUSION; WIND is known"),
        ("unknown-fuel 2026-05-22T10:30 60 INTXYZ", "those of cables begin with INT"),
        ("new-cable 2026-05-22T10:30 60 INTFR", "a code that is new, such as INTNEU; INTFR is known"),
        ("new-cable 2026-05-22T10:30 60 FUSION", "those of cables begin with INT"),
    ],
)
def test_a_wrong_incident_is_refused_in_one_line_that_says_what_is_right(client, plant, text, says):
    plant(PLANTED["late"])

    refused = client.change(incidents=[text])

    assert refused.status_code == 400
    assert says in refused.json()["error"]
    assert "\n" not in refused.json()["error"]
    assert client.told()["state"]["incidents"] == [PLANTED["late"]]


def test_incidents_are_set_at_the_start():
    playing = playing_with([f"elexon.incidents={json.dumps([*PLANTED.values()])}"])

    assert playing["elexon"].state.incidents == tuple(PLANTED.values())
    with pytest.raises(StateError, match="is no incident"):
        playing_with(["elexon.incidents=flood 2026-05-22T10:30 60"])
