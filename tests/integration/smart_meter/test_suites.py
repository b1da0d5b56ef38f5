"""Each critical check of the meters fails where its rule is broken, and holds again once it is mended."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from include.deployment import Deployment
from include.operations import runs
from include.quality.checkpoint import judge
from include.settings import Settings
from include.sources.smart_meter.pipeline import RELEASE
from include.warehouse import Role, Warehouse, session
from tests.integration.smart_meter.conftest import Meters, meters_at

DAY = "consumption_date = '2021-01-02'"
PENDING = "version_id = (select max(version_id) from raw.smart_meter_readings)"
# The agreement that begins on the day on which another of its meter ends.
CHANGING_OVER = "agreement_id = 4"
SUMS = "marts.half_hourly_consumption"
HALF_HOUR = f"{DAY} and period_started_at = '2021-01-02 12:00+00'"


@dataclass(frozen=True)
class Rule:
    """A check, and how its rule is broken: a value of some rows is another one for a while."""

    check: str
    suite: str
    table: str
    rows: str
    column: str
    broken: str


RULES = (
    Rule("readings_are_in_half_hours", SUMS, "marts.half_hourly_consumption", HALF_HOUR, "meters", "meters + 1"),
    *(
        Rule(check, SUMS, table, rows, "consumption_kwh", "consumption_kwh + 0.001")
        for check, table, rows in (
            ("half_hours_make_the_readings", "marts.half_hourly_consumption", HALF_HOUR),
            ("agreements_make_the_readings", "marts.consumption_without_agreement", DAY),
            ("products_make_the_half_hours", "staging.int_smart_meter__product_days", DAY),
            ("product_half_hours_make_the_half_hours", "staging.int_smart_meter__product_half_hours", HALF_HOUR),
            ("regions_make_the_half_hours", "staging.int_smart_meter__region_days", DAY),
        )
    ),
    Rule(
        "readings_have_an_agreement_or_none",
        SUMS,
        "marts.consumption_without_agreement",
        DAY,
        "readings",
        "readings - 1",
    ),
    Rule(
        "no_two_agreements_at_once",
        "marts.agreement_versions",
        "marts.agreement_versions",
        CHANGING_OVER,
        "valid_from",
        "valid_from - 1",
    ),
    Rule(
        "products_resolve",
        "marts.active_agreements",
        "marts.active_agreements",
        f"{DAY} and {CHANGING_OVER}",
        "product_name",
        "null",
    ),
    Rule(
        "no_half_hour_is_counted_twice",
        "marts.daily_meter_consumption",
        "marts.daily_meter_consumption",
        DAY,
        "missing_half_hours",
        "-1",
    ),
    *(
        Rule(
            check,
            "raw.smart_meter_readings.consumption",
            "raw.smart_meter_readings",
            PENDING,
            "consumption_kwh",
            consumption,
        )
        for check, consumption in (("consumption_is_plausible", "50.001"), ("consumption_is_not_negative", "-0.001"))
    ),
    Rule(
        "versions_differ", "raw.smart_meter_readings", "raw.smart_meter_readings", PENDING, "consumption_kwh", "before"
    ),
    Rule(
        "versions_are_in_order",
        "raw.smart_meter_readings",
        "raw.smart_meter_readings",
        PENDING,
        "known_at",
        "(select min(known_at) from raw.smart_meter_readings)",
    ),
)
BEFORE = """(
    select earlier.consumption_kwh from raw.smart_meter_readings as earlier
    where
        earlier.meter_number = told.meter_number
        and earlier.period_started_at = told.period_started_at
        and earlier.version_id < told.version_id
)"""


@pytest.fixture(scope="module")
def built(
    copy_of: Any, template: Warehouse, settings: Settings, tmp_path_factory: Any, real_data: Path
) -> Iterator[Any]:
    """The recorded readings are published, and the correction of one of them is built and not judged."""
    folder = tmp_path_factory.mktemp("meters")
    (folder / "readings").mkdir()
    with copy_of(template) as warehouse:
        meters = meters_at(folder / "readings", folder / "reference.db", Deployment(settings, warehouse.dsn))
        meters.deliver_recorded(real_data)
        assert meters.run() == ""
        meters.deliver("0432df65f7", [("2021-01-02 12:00:00", 9.5)], "0432df65f7_correction.json")
        assert meters.load()
        with meters.place.session(Role.LOADER) as loader:
            run_id = runs.open_run(loader, "smart_meter_readings", "built")
        assert RELEASE.build_models(meters.place, run_id)
        yield warehouse, meters


def failed(meters: Meters, *suites: str) -> list[str]:
    """The critical checks of some suites that fail."""
    subjects = [*RELEASE.raw_subjects(1), *RELEASE.mart_subjects]
    judged = [each for each in subjects if each.suite in suites]
    found = judge(judged, url=meters.place.url(Role.TRANSFORMER), is_personal=True)
    assert all("exception" not in each.details for each in found)
    return [each.name for each in found if not each.success and each.severity == "critical"]


def test_all_of_it_holds(built):
    _, meters = built
    assert failed(meters, *{rule.suite for rule in RULES}) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.check)
def test_a_rule_that_is_broken_is_found(built, rule):
    warehouse, meters = built
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:
        where = f"from {rule.table} where {rule.rows} limit 1"
        cursor.execute(f"select ctid, {rule.column} {where}")
        place, held = cursor.fetchone()
        broken = BEFORE if rule.broken == "before" else rule.broken
        change = f"update {rule.table} as told set {rule.column} = {{}} where ctid = %s returning ctid"
        cursor.execute(change.format(broken), (place,))
        [(place,)] = cursor.fetchall()
        owner.commit()
        try:
            assert rule.check in failed(meters, rule.suite)
        finally:
            cursor.execute(change.format("%s"), (held, place))
            owner.commit()


def test_what_is_told_of_a_failure_names_no_meter(built):
    warehouse, meters = built
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"update marts.daily_meter_consumption set missing_half_hours = 1 where {DAY}")
    [subject] = [each for each in RELEASE.mart_subjects if each.suite == "marts.daily_meter_consumption"]
    found = judge([subject], url=meters.place.url(Role.TRANSFORMER), is_personal=True)
    told = repr(found)
    assert "80 of 80 rows are not so" in told
    pseudonyms = meters.query("select pseudonym from raw.pseudonyms")
    assert not [each for (each,) in pseudonyms if each in told]
