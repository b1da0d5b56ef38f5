"""What is generated in the country and foreseen in its regions."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from include.simulator.carbon_intensity.mixes import generation, regional
from include.simulator.carbon_intensity.outlook import Outlook, Span
from include.simulator.carbon_intensity.regions import FUELS

NOON = datetime(2026, 5, 31, 12, 5, tzinfo=UTC)
OUTLOOK = Outlook(seed=0, clock=NOON)


@pytest.fixture(scope="module")
def half_hours():
    return regional(OUTLOOK, Span(OUTLOOK.running - 48, OUTLOOK.running + 48))


@pytest.fixture(scope="module")
def recorded_regions(recorded):
    body = json.loads((recorded / "recorded_2026" / "regional_intensity_fw24h_2026-05-05.json").read_text())
    return body["data"][0]["regions"]


def total(mix):
    return sum(each["perc"] for each in mix)


def test_a_mix_has_the_recorded_fuels_in_their_order(recorded):
    body = json.loads((recorded / "recorded_2021" / "get_mix_0.json").read_text())

    assert tuple(each["fuel"] for each in body["data"]["generationmix"]) == FUELS


def test_only_half_hours_that_have_ended_are_generated():
    records = generation(OUTLOOK, Span(OUTLOOK.running - 3, OUTLOOK.running + 3))

    assert [record["to"] for record in records] == ["2026-05-31T11:00Z", "2026-05-31T11:30Z", "2026-05-31T12:00Z"]


def test_a_national_mix_adds_up_but_for_rounding():
    records = generation(OUTLOOK, Span(OUTLOOK.running - 7 * 48, OUTLOOK.running))
    totals = {round(total(record["generationmix"]), 1) for record in records}

    assert len(totals) > 1
    assert totals <= {99.8, 99.9, 100.0, 100.1, 100.2}


def test_what_is_whole_comes_without_a_fraction():
    records = generation(OUTLOOK, Span(OUTLOOK.running - 48, OUTLOOK.running))
    shares = [each["perc"] for record in records for each in record["generationmix"]]

    assert {type(share) for share in shares} == {int, float}
    assert not [share for share in shares if isinstance(share, float) and share.is_integer()]


def test_there_are_the_recorded_18_regions(half_hours, recorded_regions):
    names = ("regionid", "dnoregion", "shortname")

    assert [[each[name] for name in names] for each in half_hours[0]["regions"]] == [
        [each[name] for name in names] for each in recorded_regions
    ]


def test_region_6_was_spelt_otherwise_until_2021():
    def name(year):
        outlook = Outlook(seed=0, clock=NOON)
        span = Span(outlook.running - (2026 - year) * 365 * 48, outlook.running - (2026 - year) * 365 * 48 + 1)
        return regional(outlook, span)[0]["regions"][5]["shortname"]

    assert name(2020) == "North Wales and Merseyside"
    assert name(2022) == "North Wales & Merseyside"


def test_every_regional_mix_adds_up_to_100_and_none_is_negative(half_hours):
    for region in (region for half_hour in half_hours for region in half_hour["regions"]):
        assert total(region["generationmix"]) == pytest.approx(100)
        assert min(each["perc"] for each in region["generationmix"]) >= 0


def test_regions_differ_as_they_do(half_hours):
    def mean(region):
        return sum(each["regions"][region - 1]["intensity"]["forecast"] for each in half_hours) / len(half_hours)

    scotland, wales, great_britain = mean(16), mean(17), mean(18)
    assert scotland < great_britain < wales


def test_regions_are_foreseen_anew_with_each_issue():
    evening = Span(OUTLOOK.running + 16, OUTLOOK.running + 17)
    now, later = (regional(Outlook(0, NOON + timedelta(hours=hours)), evening) for hours in (0, 3))

    assert now[0]["from"] == later[0]["from"]
    assert now != later


def test_no_region_is_foreseen_beyond_48_hours():
    assert len(regional(OUTLOOK, Span(OUTLOOK.running, OUTLOOK.running + 200))) == 96
