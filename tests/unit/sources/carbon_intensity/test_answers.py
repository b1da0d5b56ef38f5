"""Which answers of the API are taken for whole, and what a row of them must be like."""

import json
import re
from copy import deepcopy
from operator import attrgetter
from typing import Any

import pytest
import responses

from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset
from include.ingestion.errors import AnswerOutsideScopeError, DamagedAnswerError
from include.ingestion.scope import Scope, Snapshot
from include.ingestion.window import Window
from include.settlement import HALF_HOUR
from include.sources.carbon_intensity.datasets import FACTORS, GENERATION, NATIONAL, REGIONAL
from tests.unit.sources.carbon_intensity.conftest import URL, utc

NAME = attrgetter("name")
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
START = utc("2026-05-31 10:00")
HALF_AN_HOUR = Window(START, START + HALF_HOUR)
SPAN = {"from": "2026-05-31T10:00Z", "to": "2026-05-31T10:30Z"}
MIX = [{"fuel": fuel, "perc": 11.1} for fuel in FUELS]
LONDON = {"regionid": 13, "dnoregion": "UKPN London", "shortname": "London", "generationmix": MIX}
SOUND: dict[Dataset, dict[str, Any]] = {
    NATIONAL: SPAN | {"intensity": {"forecast": 120, "actual": 118, "index": "moderate"}},
    GENERATION: SPAN | {"generationmix": MIX},
    REGIONAL: SPAN | {"regions": [LONDON | {"intensity": {"forecast": 120, "index": "moderate"}}]},
}
NEW_YEAR_2020 = Window(utc("2020-01-01 00:00"), utc("2020-01-02 23:30"))
APRIL_2019 = Window(utc("2019-04-01 00:00"), utc("2019-04-07 23:30"))


@pytest.fixture
def answered(client):
    """The rows of an answer at the door, by the way they come in; what is accepted is kept beside."""

    def answer_with(dataset: Dataset, body: bytes | str, scope: Scope = HALF_AN_HOUR) -> RowCheck:
        check = RowCheck(dataset, scope)
        with responses.RequestsMock() as site:
            site.get(re.compile(f"{URL}/.*"), body=body, content_type="application/json")
            check.kept = [row for page in dataset.fetch(client, scope) for row in check.accepted(page)]
        return check

    return answer_with


@pytest.mark.parametrize(
    ("dataset", "file", "scope", "rows", "at_the_edge"),
    [
        (NATIONAL, "recorded_2021/gb_with_dates_0.json", NEW_YEAR_2020, 96, 1),
        (GENERATION, "recorded_2021/raw_with_dates_0.json", APRIL_2019, 336, 1),
        (REGIONAL, "recorded_2021/nat_with_dates_0.json", NEW_YEAR_2020, 96 * 18, 18),
        (FACTORS, "recorded_2021/get_factors_0.json", Snapshot(), 14, 0),
        (FACTORS, "intensity_factors_2026-05.json", Snapshot(), 14, 0),
        (
            NATIONAL,
            "recorded_other/intensity_range_2017-10-01.json",
            Window(utc("2017-10-01 11:30"), utc("2017-10-02 12:00")),
            49,
            0,
        ),
        (
            REGIONAL,
            "recorded_2026/regional_intensity_fw24h_2026-05-05.json",
            Window(utc("2026-05-06 00:00"), utc("2026-05-06 00:30")),
            36,
            18,
        ),
        (
            REGIONAL,
            "recorded_2026/regional_2026-05-31.json",
            Window(utc("2026-05-31 02:00"), utc("2026-05-31 02:30")),
            6,
            3,
        ),
    ],
)
def test_a_recorded_answer_is_read_whole_and_what_is_before_it_left_out(
    answered, recorded, dataset, file, scope, rows, at_the_edge
):
    check = answered(dataset, (recorded / file).read_bytes(), scope)
    assert (check.fetched, check.outside, len(check.kept)) == (rows, at_the_edge, rows - at_the_edge)
    assert (check.rejected, check.unknown_columns) == ([], {})
    assert check.is_ascending


def test_the_half_hour_without_an_actual_is_read(answered, recorded):
    """The API gave it a second after it ended, at 23:00 on 30 April 2021."""
    half_hour = Window(utc("2021-04-30 22:30"), utc("2021-04-30 23:00"))
    check = answered(NATIONAL, (recorded / "recorded_2021" / "gb_no_dates_0.json").read_bytes(), half_hour)
    assert [json.loads(row.published)["intensity.actual"] for row in check.kept] == [None]


@pytest.mark.parametrize("dataset", SOUND, ids=NAME)
def test_a_row_that_is_further_out_than_the_edge_fails_the_answer(answered, dataset):
    earlier = SOUND[dataset] | {"from": "2026-05-31T09:00Z", "to": "2026-05-31T09:30Z"}
    with pytest.raises(AnswerOutsideScopeError, match=rf"{dataset.name}: asked for \[2026-05-31 10:00.*09:00"):
        answered(dataset, json.dumps({"data": [earlier, SOUND[dataset]]}))


DAMAGED = {
    "{}": "the answer lacks 'data'",
    "[]": "the answer is JSON, but no object",
    "null": "the answer is JSON, but no object",
    '{"data": null}': "the answer has no rows where they should be",
    '{"data": []}': "the answer has no rows where they should be",
    '{"data": {"from": 1}}': "the answer has no rows where they should be",
    '{"data": [1]}': "the answer has something else among its rows",
    '{"error": {"code": "500 Internal Server Error"}}': "the answer lacks 'data'",
    '{"data": [{"fro': "the answer is not the JSON it should be",
}


@pytest.mark.parametrize(("body", "cause"), DAMAGED.items())
@pytest.mark.parametrize("dataset", [*SOUND, FACTORS], ids=NAME)
def test_an_answer_without_rows_under_status_200_is_damaged(answered, dataset, body, cause):
    with pytest.raises(DamagedAnswerError, match=cause):
        answered(dataset, body)


@pytest.mark.parametrize("regions", [[], None, {}, [7], "none"])
def test_a_half_hour_without_regions_is_damaged(answered, regions):
    with pytest.raises(DamagedAnswerError, match="rows"):
        answered(REGIONAL, json.dumps({"data": [SOUND[REGIONAL], SPAN | {"regions": regions}]}))


def test_a_half_hour_whose_regions_are_not_there_is_damaged(answered):
    with pytest.raises(DamagedAnswerError, match="lacks 'regions'"):
        answered(REGIONAL, json.dumps({"data": [SPAN]}))


def test_factors_that_are_told_twice_are_rows_all_of_them(answered):
    """Which of them counts is for the load to say: the same way for every dataset."""
    check = answered(FACTORS, json.dumps({"data": [{"Coal": 937, "Gas": 394}, {"Coal": 937}]}), Snapshot())
    assert [row.key for row in check.kept] == [("Coal",), ("Gas",), ("Coal",)]


def spoilt(dataset: Dataset, **changes: Any) -> str:
    """An answer of one half-hour; fields of its intensity are changed, or else of the half-hour itself."""
    half_hour = deepcopy(SOUND[dataset])
    row = half_hour["regions"][0] if dataset is REGIONAL else half_hour
    for name, value in changes.items():
        (half_hour if name in half_hour else row["intensity"])[name] = value
    return json.dumps({"data": [half_hour]})


def key_of(dataset: Dataset) -> tuple[Any, ...]:
    return (START, 13) if dataset is REGIONAL else (START,)


@pytest.mark.parametrize("dataset", [NATIONAL, REGIONAL], ids=NAME)
def test_a_new_field_is_told_as_drift_under_its_dotted_name(answered, dataset):
    check = answered(dataset, spoilt(dataset, confidence_pct=95))
    assert check.unknown_columns == {"intensity.confidence_pct": "95.0"}
    assert [row.key for row in check.kept] == [key_of(dataset)]


@pytest.mark.parametrize("dataset", [GENERATION, REGIONAL], ids=NAME)
def test_a_new_field_beside_a_share_is_told_as_drift_of_its_fuel(answered, dataset):
    half_hour = deepcopy(SOUND[dataset])
    holder = half_hour["regions"][0] if dataset is REGIONAL else half_hour
    holder["generationmix"][0]["trend"] = "up"
    check = answered(dataset, json.dumps({"data": [half_hour]}))
    assert check.unknown_columns == {"generationmix.biomass.trend": "up"}
    assert [row.key for row in check.kept] == [key_of(dataset)]


@pytest.mark.parametrize("dataset", [GENERATION, REGIONAL], ids=NAME)
def test_a_new_fuel_is_told_as_drift_under_its_dotted_name(answered, dataset):
    half_hour = deepcopy(SOUND[dataset])
    holder = half_hour["regions"][0] if dataset is REGIONAL else half_hour
    holder["generationmix"].append({"fuel": "storage", "perc": 0.4})
    check = answered(dataset, json.dumps({"data": [half_hour]}))
    assert check.unknown_columns == {"generationmix.storage": "0.4"}
    assert [row.key for row in check.kept] == [key_of(dataset)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"to": "2026-05-31T11:00Z"}, "Expected a half-hour - at `$.from`"),
        ({"to": "2026-05-31T10:00Z"}, "Expected a half-hour - at `$.from`"),
        ({"to": None}, "Expected `datetime`, got `null` - at `$.to`"),
        ({"index": "extreme"}, "Invalid enum value 'extreme' - at `$.intensity.index`"),
        ({"index": None}, "Expected `str`, got `null` - at `$.intensity.index`"),
        ({"forecast": 5000}, "Expected `int` <= 1500 - at `$.intensity.forecast`"),
        ({"forecast": -1}, "Expected `int` >= 0 - at `$.intensity.forecast`"),
        ({"forecast": "n/a"}, "Expected `int | null`, got `str` - at `$.intensity.forecast`"),
    ],
)
@pytest.mark.parametrize("dataset", [NATIONAL, REGIONAL], ids=NAME)
def test_what_no_half_hour_can_be_is_rejected_with_its_reason_and_its_own_key(answered, dataset, changes, reason):
    check = answered(dataset, spoilt(dataset, **changes))
    [rejected] = check.rejected
    assert (rejected.reason, rejected.key, rejected.observed_at) == (reason, key_of(dataset), START)


@pytest.mark.parametrize("actual", [None, 0, 1_500])
def test_what_an_actual_can_be_is_read(answered, actual):
    assert not answered(NATIONAL, spoilt(NATIONAL, actual=actual)).rejected


@pytest.mark.parametrize("dataset", [GENERATION, REGIONAL], ids=NAME)
def test_a_mix_that_lacks_a_fuel_or_has_one_twice_is_rejected(answered, dataset):
    for mix, name in (
        (MIX[:-1], "missing required field `generationmix.wind`"),
        ([*MIX, MIX[0]], "generationmix.biomass"),
    ):
        half_hour = deepcopy(SOUND[dataset])
        (half_hour["regions"][0] if dataset is REGIONAL else half_hour)["generationmix"] = mix
        [rejected] = answered(dataset, json.dumps({"data": [half_hour]})).rejected
        assert name in rejected.reason
        assert rejected.key == key_of(dataset)


def test_numbers_may_be_text_and_mean_the_same(answered):
    as_text = spoilt(NATIONAL, forecast="120", actual="118")
    [told], [known] = (answered(NATIONAL, each).kept for each in (as_text, json.dumps({"data": [SOUND[NATIONAL]]})))
    assert told.content_hash == known.content_hash


def test_the_spelling_of_a_region_is_no_part_of_what_it_says(answered):
    region = SOUND[REGIONAL]["regions"][0]
    hashes = set()
    for name in ("North Wales and Merseyside", "North Wales & Merseyside"):
        body = json.dumps({"data": [SPAN | {"regions": [region | {"shortname": name}]}]})
        hashes |= {row.content_hash for row in answered(REGIONAL, body).kept}
    assert len(hashes) == 1
