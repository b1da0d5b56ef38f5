"""Whatever the API does wrong to one dataset: the others come in, what was refused is told, and the next run heals."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import pytest

from include.ingestion.http import ApiClient
from include.simulator.carbon_intensity.faults import FAULTS
from include.simulator.faults import ON_THE_WAY
from include.warehouse import Warehouse
from tests.asking import Rows
from tests.integration.carbon_intensity.conftest import Journey
from tests.journey import QUICK

FIRST, SECOND = "2025-05-31 12:15", "2025-05-31 12:45"
T = TypeVar("T")


@dataclass(frozen=True)
class Expected:
    """What comes of a fault that strikes both loads of a dataset, of what was measured and of what is foreseen."""

    fails_with: str = ""
    """The cause, as a pattern; without one, both loads are held."""
    rejected: int = 0
    reason: str = ""
    """Rows refused by both loads, and why; the last one that was measured is at the edge of what is foreseen, too."""
    withdrawn: int = 0
    repeated: int = 0
    changes: bool = False
    """Whether what is held is another thing than a sound answer would have left."""
    drift: str = ""
    on: str = "national"


DAMAGED = "DamagedAnswerError: .*{}"
UNAVAILABLE = "SourceUnavailableError: .*{}"
TWICE = "Same key came twice with different values"
EXPECTED = {
    "429": Expected(UNAVAILABLE.format("answered 429 Too Many Requests")),
    "500": Expected(UNAVAILABLE.format("answered 500 Internal Server Error")),
    "html": Expected(DAMAGED.format("the answer is not the JSON it should be")),
    "empty": Expected(DAMAGED.format("the answer is")),
    "cut-off": Expected(UNAVAILABLE.format("IncompleteRead")),
    "cut-off-honest": Expected(DAMAGED.format("the answer is not the JSON it should be")),
    "slow": Expected(UNAVAILABLE.format("timed out")),
    "trickle": Expected(UNAVAILABLE.format("the answer came too slowly")),
    "dropped": Expected(UNAVAILABLE.format("ConnectionResetError")),
    "redirect": Expected("SourceRefusedError: .*answered 302 Found"),
    "gzip-bomb": Expected("OversizedAnswerError: .*unpacks to more than 100 times its size"),
    "empty-object": Expected(DAMAGED.format("the answer lacks 'data'")),
    "empty-array": Expected(DAMAGED.format("the answer is JSON, but no object")),
    "null-data": Expected(DAMAGED.format("the answer has no rows where they should be")),
    "empty-data": Expected(DAMAGED.format("the answer has no rows where they should be")),
    "outside-row": Expected("AnswerOutsideScopeError: .*asked for .* got a row of"),
    "withdrawn-tail": Expected("TooManyWithdrawnError: "),
    "silently-short": Expected("TooManyWithdrawnError: "),
    "renamed-field": Expected(
        "TooManyRejectedError: .*`intensity.forecast`", rejected=76 + 96, reason="intensity.forecast"
    ),
    "missing-half-hours": Expected(withdrawn=3, changes=True),
    "duplicate-rows": Expected(repeated=3),
    "told-twice": Expected(rejected=2 * 2, reason=TWICE, changes=True),
    "null-values": Expected(changes=True),
    "bad-row": Expected(rejected=2, reason="Expected `int` >= 0 - at `$.intensity.forecast`", changes=True),
    "out-of-order-rows": Expected(),
    "missing-region": Expected(on="regional", withdrawn=1, changes=True),
    "text-numbers": Expected(),
    "new-field": Expected(changes=True, drift="intensity.forecast_confidence"),
}
# What comes in beside it.
BESIDE = "generation"
# The only faults during which the clock matters, so they are met with less patience.
SILENT = ("slow", "trickle")


@dataclass(frozen=True)
class Hasty(ApiClient):
    """Waits for half a second where the country is asked for."""

    def get(self, path: str, *asked: Any, read: Callable[[bytes], T], **how: Any) -> T:
        client = replace(self, read_timeout_s=0.5) if path.startswith("intensity/") else self
        return ApiClient.get(client, path, *asked, read=read, **how)


@pytest.fixture(scope="module")
def published(copy_of: Any, template: Warehouse, journey_of: Any) -> Iterator[Warehouse]:
    """A sound run, from the API to analytics."""
    with copy_of(template) as warehouse:
        assert not journey_of(warehouse).load(FIRST)
        yield warehouse


@pytest.fixture
def journey(copy_of: Any, published: Warehouse, journey_of: Any) -> Iterator[Journey]:
    """A warehouse in which that run was made, and the API half an hour later."""
    with copy_of(published) as warehouse:
        yield journey_of(warehouse)


@dataclass(frozen=True)
class Sound:
    """What the second run leaves where nothing is wrong."""

    loads: dict[str, list[tuple[Any, ...]]]
    raw: dict[str, Rows]
    analytics: dict[str, Rows]


@pytest.fixture(scope="module")
def sound(copy_of: Any, published: Warehouse, journey_of: Any) -> Iterator[Sound]:
    with copy_of(published) as warehouse:
        journey: Journey = journey_of(warehouse)
        assert not journey.load(SECOND)
        yield Sound(journey.loads(), raw(journey), analytics(journey))


def raw(journey: Journey) -> dict[str, Rows]:
    """What lives in raw, without when and by which run it came."""
    keys = {
        "national": "period_started_at",
        "generation": "period_started_at",
        "regional": "period_started_at, region_id",
    }
    latest = """
        select * from (
            select distinct on ({key}) {key}, content_hash
            from raw.carbon_intensity_{name} order by {key}, version_id desc
        ) as latest where content_hash is not null
    """
    return {name: journey.query(latest.format(name=name, key=key)) for name, key in keys.items()}


def analytics(journey: Journey) -> dict[str, Rows]:
    """What analysts are told, without when it was learned and how often it changed."""
    tables = {
        "national": "period_started_at, forecast_g_per_kwh, actual_g_per_kwh, intensity_index "
        "from analytics.carbon_intensity_as_known_at('infinity')",
        "generation": "period_started_at, gas_pct, wind_pct, remainder_pct from analytics.half_hourly_supply_mix",
        "regional": "period_started_at, region_id, forecast_g_per_kwh, gas_pct "
        "from analytics.half_hourly_regional_carbon_intensity",
    }
    return {name: journey.as_analyst(f"select {table} order by 1, 2") for name, table in tables.items()}


def test_every_fault_of_the_simulator_is_expected_to_come_to_something():
    assert EXPECTED.keys() == FAULTS.keys()


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_of_one_dataset_keeps_no_other_out_and_the_next_run_heals_it(fault, journey, sound, monkeypatch):
    """Beside the dataset that is struck, the mix is asked for; all of them are in the tests below."""
    expected, before = EXPECTED[fault], raw(journey)
    asked_for = (expected.on, BESIDE)
    journey.api.set(fault=fault, fault_on=expected.on, slow_seconds=20)

    with monkeypatch.context() as patch:
        if fault in SILENT:
            patch.setattr("include.intake.asked.ApiClient", partial(Hasty, patience=replace(QUICK, attempts=2)))
        failure = journey.extract(SECOND, *asked_for)

    loads, held = journey.loads(), raw(journey)
    assert held[BESIDE] == sound.raw[BESIDE] != before[BESIDE]
    assert loads[BESIDE] == sound.loads[BESIDE]
    assert_struck(journey, expected, loads[expected.on], failure)
    left = before if expected.fails_with else sound.raw
    assert (held[expected.on] == left[expected.on]) is not expected.changes

    journey.api.set(fault=None)
    assert not journey.extract(SECOND, *asked_for)
    assert {name: raw(journey)[name] for name in asked_for} == {name: sound.raw[name] for name in asked_for}


def assert_struck(journey: Journey, expected: Expected, loads: list[tuple[Any, ...]], failure: str) -> None:
    """The ledger, the refused rows and the drift say what was wrong, and a load that failed fails the run."""
    outcomes = [(outcome, withdrawn, repeated) for outcome, _, _, withdrawn, _, repeated, _ in loads]
    outcome = "failed" if expected.fails_with else "held"
    assert outcomes == [(outcome, expected.withdrawn, expected.repeated)] * 2
    causes = journey.query("select cause from ops.loads where outcome = 'failed'")
    assert [bool(re.match(expected.fails_with, cause)) for (cause,) in causes] == [True] * (
        2 * bool(expected.fails_with)
    )
    assert bool(failure) == bool(expected.fails_with)
    assert all("\n" not in cause and len(cause) < 500 for (cause,) in causes)
    rejected = journey.query("select dataset, reason, key is not null from ops.rejected_rows")
    assert len(rejected) == expected.rejected
    assert all(expected.reason in reason and has_key for _, reason, has_key in rejected)
    assert {dataset for dataset, *_ in rejected} <= {f"carbon_intensity_{expected.on}"}
    drift = journey.query("select column_name from ops.schema_drift")
    assert drift == [(expected.drift,)] * bool(expected.drift)


@pytest.mark.parametrize(("dataset", "at"), [("generation", SECOND), ("factors", "2025-06-01 06:15")])
def test_whatever_an_answer_about_another_dataset_says_is_loaded_or_refused_and_nothing_else(dataset, at, journey):
    for fault in sorted(EXPECTED.keys() - {each.name for each in ON_THE_WAY}):
        journey.api.set(fault=fault, fault_on=dataset)
        failure = journey.extract(at, dataset)
        outcomes = {outcome for outcome, *_ in journey.loads()[dataset]}
        assert outcomes == {"failed" if failure else "held"}, fault


def test_what_could_not_be_loaded_stays_as_it_was_while_the_rest_is_published(journey, sound):
    before = analytics(journey)
    journey.api.set(fault="500", fault_on="national")
    failure = journey.load(SECOND)
    assert failure.startswith("LoadsFailedError: carbon_intensity_national: ")
    assert not re.search("carbon_intensity_(generation|regional)", failure)
    assert analytics(journey) == sound.analytics | {"national": before["national"]}
    journey.api.set(fault=None)
    assert not journey.load(SECOND)
    assert analytics(journey) == sound.analytics


def test_a_half_hour_that_was_refused_keeps_its_last_good_version_and_its_day_tells_of_it(journey, sound):
    before = {at: rest for at, *rest in analytics(journey)["national"]}
    journey.api.set(fault="bad-row", fault_on="national")
    assert not journey.load(SECOND)
    refused = [at for (at,) in journey.query("select observed_at from ops.rejected_rows order by 1")]
    told = {at: rest for at, *rest in analytics(journey)["national"]}
    expected = {at: rest for at, *rest in sound.analytics["national"]}
    assert told == expected | {at: before[at] for at in refused}
    days = (
        "select settlement_date::text, rejected_half_hours from analytics.daily_coverage where rejected_half_hours > 0"
    )
    assert journey.as_analyst(f"{days} order by 1") == [("2025-05-30", 1)], "the other is foreseen, and of no day yet"


def test_half_hours_that_vanish_are_withdrawn_and_come_back(journey, sound):
    journey.api.set(fault="missing-half-hours", fault_on="national")
    assert not journey.load(SECOND)
    told = analytics(journey)["national"]
    assert len(told) == len(sound.analytics["national"]) - 6
    assert set(told) < set(sound.analytics["national"])
    warned = (
        "select success, severity from ops.newest_checks where name = 'no_period_is_missing' and suite ~ 'national'"
    )
    assert journey.query(warned) == [(False, "warning")]
    journey.api.set(fault=None)
    assert not journey.load(SECOND)
    assert analytics(journey) == sound.analytics


def test_a_half_hour_that_lacks_a_region_withholds_the_run_and_the_next_one_brings_it(journey, sound):
    before = analytics(journey)
    journey.api.set(fault="missing-region", fault_on="regional")
    failure = journey.load(SECOND)
    assert re.match("CheckFailedError: check_marts: .*18 regions", failure)
    assert analytics(journey) == before
    journey.api.set(fault=None)
    assert not journey.load(SECOND)
    assert analytics(journey) == sound.analytics


def test_a_new_field_changes_no_value(journey, sound):
    journey.api.set(fault="new-field", fault_on="national")
    assert not journey.load(SECOND)
    assert analytics(journey) == sound.analytics
