"""Real NESO data passes every check, and one wrong value fails the one it should."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from include.quality.checkpoint import judge
from include.quality.data_docs import build_data_docs
from include.quality.expectations import gxe
from include.quality.result import JudgementError, Severity, Stage
from include.quality.stages import Judging, check_freshness
from include.quality.subject import Check, Subject
from include.warehouse import Role, session
from tests.judged import OLD_SCHEMA, RELEASE, WINTER, Judged, build, copy_of_2023, copy_of_2026, load, simulated_winter

DATASET, COVERAGE = "neso_generation_mix", "marts.daily_coverage__neso_generation_mix"
AT = "period_started_at = '2026-02-10 23:00+00'"  # deep night, and in the middle
FROM_THEN_ON = "period_started_at >= '2026-02-10 23:00+00' and period_started_at < '2026-02-13 23:30+00'"


@pytest.fixture(scope="module")
def recorded(copy_of, template, settings, real_data) -> Iterator[Judged]:
    """The recorded half-hours of two months of 2023 and of a winter, asked for in two runs, built, not published."""
    with copy_of(template) as warehouse:
        load(warehouse, copy_of_2023(real_data), OLD_SCHEMA)
        run_id = load(warehouse, copy_of_2026(real_data), WINTER)
        build(warehouse, settings, run_id)
        yield Judged(warehouse, run_id)


def test_the_recorded_half_hours_pass_every_check(recorded):
    verdicts = [recorded.check_raw(), recorded.check_marts()]
    assert [verdict.failed_critical + verdict.failed_warnings for verdict in verdicts] == [[], []]
    assert {result.details["rows_judged"] for result in verdicts[0].results} == {1, 2_832 + 4_560}


def test_the_simulated_half_hours_pass_every_critical_check(warehouse, settings):
    run_id = load(warehouse, simulated_winter(), WINTER)
    build(warehouse, settings, run_id)
    judged = Judged(warehouse, run_id)
    assert judged.check_raw().failed_critical == []
    assert judged.check_marts().failed_critical == []


def test_where_nothing_is_pending_nothing_is_judged(recorded):
    recorded.as_owner("update ops.watermarks set published_version_id = built_version_id")
    verdicts = [recorded.check_raw(), recorded.check_marts()]
    recorded.as_owner("update ops.watermarks set published_version_id = 0")
    assert [verdict.results for verdict in verdicts] == [(), ()]


# What is changed where, and the line that tells of it.
CRITICAL = [
    ("half_hourly_generation", "generation_mw = 9999", "generation is 10,000 to 70,000 MW: 1 of 7,392 rows"),
    ("half_hourly_generation", "generation_mw = 70001", "generation is 10,000 to 70,000 MW: 1 of 7,392 rows"),
    ("half_hourly_generation", "carbon_intensity_g_per_kwh = 701", "carbon intensity is 0 to 700 g/kWh: 1 of 7,392"),
    ("half_hourly_generation", "carbon_intensity_g_per_kwh = -1", "carbon intensity is 0 to 700 g/kWh: 1 of 7,392"),
    (
        "half_hourly_generation",
        "solar_mw = 51",
        "solar from 22:30 to 02:30 UTC is at most 50 MW: 1 of 7,392 rows are not so, "
        "e.g. 2026-02-10 23:00 UTC, deep_night_solar_mw 51 (critical)",
    ),
    (
        "half_hourly_generation_mix",
        "generation_mw = generation_mw + 1",
        "generation is the same in half_hourly_generation_mix, summed over the fuels: 1 of 7,392 rows",
    ),
    ("half_hourly_carbon_balance", "generation_mw = 0", "generation is the same in half_hourly_carbon_balance: 1 of"),
    (
        "half_hourly_generation_versions",
        "generation_mw = 0",
        "generation is the same in the latest of half_hourly_generation_versions: 1 of 7,392 rows",
    ),
    ("half_hourly_generation_mix", "share_pct = 100.01", "the share of a fuel is 0 to 100 %: 11 of"),
    ("half_hourly_generation_mix", "share_pct = -5.01", "the unattributed share is -5 to 50 %: 1 of"),
]
WARNING = [
    ("half_hourly_generation", AT, "unattributed_mw = 4", "the total is the sum of the fuels within 3 MW: 1 of 7,392"),
    (
        "half_hourly_generation_mix",
        AT,
        "published_share_pct = published_share_pct + 0.6",
        "the published share of a fuel is 100 x MW / total within 0.5 points: 11 of",
    ),
    ("half_hourly_generation", FROM_THEN_ON, "gas_mw = 5000", "gas_mw does not stand still for 3 days: 145 of 7,392"),
    ("half_hourly_generation", FROM_THEN_ON, "wind_mw = 0", "wind_mw does not stand still for 3 days: 145 of 7,392"),
]


@pytest.mark.parametrize(("table", "change", "told"), CRITICAL)
def test_one_impossible_value_fails_its_check(recorded, table, change, told):
    with recorded.changed(f"marts.{table}", AT, f"update marts.{table} set {change} where {AT}"):
        failed = recorded.check_marts().failed_critical
    assert [line for line in failed if told in line and "2026-02-10 23:00 UTC" in line]


@pytest.mark.parametrize(("table", "where", "change", "told"), WARNING)
def test_what_is_only_unlikely_warns(recorded, table, where, change, told):
    with recorded.changed(f"marts.{table}", where, f"update marts.{table} set {change} where {where}"):
        verdict = recorded.check_marts()
    assert verdict.failed_critical == []
    assert [line for line in verdict.failed_warnings if told in line]


def test_a_value_may_stand_still_for_three_days(recorded):
    where = FROM_THEN_ON.replace("23:30", "23:00")
    with recorded.changed(
        "marts.half_hourly_generation", where, f"update marts.half_hourly_generation set gas_mw = 5000 where {where}"
    ):
        assert recorded.check_marts().failed_warnings == []


@pytest.mark.parametrize(
    ("day", "change", "told"),
    [
        ("2026-02-10", "present_half_hours = 47, expected_half_hours = 47", "a whole day has 46, 48 or 50 half-hours"),
        ("2026-03-29", "present_half_hours = 47, expected_half_hours = 47", "a whole day has 46, 48 or 50 half-hours"),
    ],
)
def test_a_whole_day_is_as_long_as_the_clocks_make_it(recorded, day, change, told):
    where = f"settlement_date = '{day}'"
    with recorded.changed(COVERAGE, where, f"update {COVERAGE} set {change} where {where}"):
        (failed,) = recorded.check_marts().failed_critical
    assert told in failed
    assert day in failed


RAW = "raw.neso_generation_mix"
NIGHT = "period_started_at >= '2026-02-10 23:00+00' and period_started_at < '2026-02-10 23:30+00'"
NEWEST = "period_started_at = '2026-04-05 23:30+00'"
TOMBSTONE = f"""
    insert into {RAW} (period_started_at, known_at, run_id)
    select period_started_at, known_at + interval '1 second', run_id from {RAW} where
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (f"update {RAW} set payload = null where {NIGHT}", "a version has both a payload and a hash, or neither"),
        (f"update {RAW} set content_hash = null where {NIGHT}", "a version has both a payload and a hash, or neither"),
        (
            f"insert into {RAW} (period_started_at, payload, content_hash, known_at, run_id) "
            f"select period_started_at, payload, content_hash, known_at + '1 s', run_id from {RAW} where {NIGHT}",
            "a version differs from the one before it: 1 of 7,393",
        ),
        (
            f"insert into {RAW} (period_started_at, payload, content_hash, known_at, run_id) "
            f"select period_started_at, payload, 'other', known_at, run_id from {RAW} where {NIGHT}",
            "a version is known later than the one before it: 1 of 7,393",
        ),
        (f"delete from {RAW} where {NIGHT}", "no half-hour is missing before the newest: 1 of 7,392"),
        (f"{TOMBSTONE} {NIGHT}", "no half-hour is missing before the newest: 1 of 7,392"),
        (f"delete from {RAW} where {NIGHT}", "the run added as many versions as it counted new, revised and withdrawn"),
    ],
)
def test_a_damaged_version_fails_its_check(recorded, change, told):
    with recorded.changed(RAW, NIGHT, change):
        failed = recorded.check_raw().failed_critical
    assert [line for line in failed if told in line]


def test_only_the_newest_half_hours_may_be_missing(recorded):
    with recorded.changed(RAW, NEWEST, f"{TOMBSTONE} {NEWEST}", "update ops.loads set withdrawn = 1 where run_id = 2"):
        assert recorded.check_raw().failed_critical == []
    recorded.as_owner("update ops.loads set withdrawn = 0 where run_id = 2")


@pytest.mark.parametrize("observed_at", ["'2026-02-10 23:07+00'", "null"])
def test_a_half_hour_whose_row_was_refused_is_missed_but_stops_nothing(recorded, observed_at):
    refused = f"""
        insert into ops.rejected_rows (
            dataset, reason, payload, observed_at, first_run_id, run_id, first_rejected_at, last_rejected_at
        )
        values ('{DATASET}', 'no number', 'row', {observed_at}, {recorded.run_id}, {recorded.run_id}, now(), now());
        update ops.loads set new = new - 1, rejected = 1 where run_id = {recorded.run_id}
    """
    with recorded.changed(RAW, NIGHT, f"delete from {RAW} where {NIGHT}", refused):
        verdict = recorded.check_raw()
    recorded.as_owner(f"""
        delete from ops.rejected_rows;
        update ops.loads set new = new + 1, rejected = 0 where run_id = {recorded.run_id}
    """)
    assert verdict.failed_critical == []
    (missed,) = verdict.failed_warnings
    assert "no half-hour is missing because its row was refused: 1 of 7,392 rows" in missed


def test_every_result_is_kept_with_what_was_observed(recorded):
    recorded.as_owner("delete from ops.quality_results")
    with recorded.changed(
        "marts.half_hourly_generation", AT, f"update marts.half_hourly_generation set solar_mw = 812 where {AT}"
    ):
        verdict = recorded.check_marts()
    kept = recorded.as_owner("""
        select stage, suite, name, subject, expectation, column_name, severity, observed_value, details
        from ops.quality_results where not success
    """)
    assert recorded.as_owner("select count(*), count(observed_value) from ops.quality_results") == [
        (len(verdict.results), len(verdict.results))
    ]
    ((*what, details),) = kept
    table = "marts.half_hourly_generation"
    assert what == [
        "check_marts",
        table,
        "solar_rests_at_night",
        table,
        "expect_column_values_to_be_between",
        "deep_night_solar_mw",
        "critical",
        1,
    ]
    assert details["limits"] == {"max_value": 50.0}
    assert details["examples"] == [{"period_started_at": "2026-02-10T23:00:00+00:00", "deep_night_solar_mw": 812.0}]
    assert "The sun is down" in details["notes"]


def one_row(*expectations: Any) -> Subject:
    checks = tuple(Check(f"check {number}", each) for number, each in enumerate(expectations))
    return Subject("suite", "some.table", ("number",), "select 1 as number, date '2026-01-01' as day", checks)


def test_an_expectation_that_raises_is_a_failed_critical_result(recorded):
    subject = one_row(
        gxe.ExpectColumnValuesToBeBetween(column="gone", max_value=1, severity="warning", description="it is there"),
        gxe.ExpectColumnValuesToBeBetween(column="number", max_value=1, description="one is one"),
    )
    raised, sound = sorted(
        judge([subject], url=recorded.warehouse.dsn(Role.TRANSFORMER)), key=lambda each: each.success
    )
    assert (raised.success, raised.severity, sound.success) == (False, Severity.CRITICAL, True)
    assert raised.line == (
        'some.table: it is there: could not be judged: Error: The column "gone" in BatchData does not exist. (critical)'
    )


def test_rows_that_cannot_be_read_are_an_error_in_one_line_without_secrets(recorded):
    url = recorded.warehouse.dsn(Role.TRANSFORMER)
    with pytest.raises(JudgementError, match=r'^\(psycopg2.errors.UndefinedTable\) relation "gone" does not exist'):
        judge([Subject("suite", "gone", (), "select * from gone", one_row().checks)], url=url)
    wrong = url.replace(recorded.warehouse.passwords[Role.TRANSFORMER], "tell-nobody")
    with pytest.raises(JudgementError, match="password authentication failed") as error:
        judge([one_row()], url=wrong)
    assert "tell-nobody" not in str(error.value)


@pytest.mark.parametrize(
    ("age", "is_routine", "told"),
    [
        (timedelta(hours=2), True, None),
        (timedelta(hours=37), False, None),
        (timedelta(hours=37), True, "ended 37.0 h ago"),
    ],
)
def test_freshness_is_judged_by_the_newest_half_hour_and_kept(recorded, age, is_routine, told):
    recorded.as_owner("delete from ops.quality_results")
    with session(recorded.warehouse.dsn(Role.TRANSFORMER), application="tests") as transformer:
        judging = Judging(RELEASE.name, recorded.run_id, Stage.CHECK_MARTS)
        stale = check_freshness(transformer, judging, RELEASE.freshness, at=WINTER.end + age, is_routine=is_routine)
    assert (told in stale) if told else stale is None
    assert recorded.as_owner("select stage, suite, name, observed_value from ops.quality_results") == [
        ("check_marts", "freshness", "neso_generation_mix_is_recent", age / timedelta(hours=1))
    ]


def test_data_docs_are_a_static_site(recorded, tmp_path):
    subjects = [*RELEASE.raw_subjects(recorded.run_id), *RELEASE.mart_subjects]
    url = recorded.warehouse.dsn(Role.TRANSFORMER)
    index = build_data_docs(url, tmp_path / "docs", subjects, is_personal=False)
    assert index.is_file()
    pages = "".join(page.read_text() for page in index.parent.rglob("*.html"))
    assert "The sun is down all over Great Britain" in pages
    assert recorded.warehouse.passwords[Role.TRANSFORMER] not in pages
