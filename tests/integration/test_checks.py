"""Checks of any dataset: by their name, of what is pending, and without a row of what is personal."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.operations import versions
from include.quality.checkpoint import judge
from include.quality.data_docs import build_data_docs
from include.quality.expectations import gxe
from include.quality.freshness import Freshness
from include.quality.result import CheckResult, JudgementError, Severity, Stage
from include.quality.stages import Judging, check_freshness, judge_pending
from include.quality.subject import Check, Subject
from include.quality.suites.load_counts import load_counts
from include.quality.suites.raw_periods import Grid, raw_periods
from include.quality.suites.raw_versions import raw_versions
from include.sources import releases
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Connection, Role, Warehouse, migrate, session
from tests.integration.conftest import Publisher, published_row

DATASET = RELEASE = "neso_generation_mix"
TEN = [published_row(number) for number in range(10)]
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TYPED = "grid_regions"


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with session(warehouse.owner_dsn, application="tests") as owner:
        yield owner


@pytest.fixture
def as_owner(owner: Connection) -> Callable[..., None]:
    def execute(*statements: str) -> None:
        with owner, owner.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return execute


@pytest.fixture
def check(transformer: Connection, warehouse: Warehouse, publisher: Publisher) -> Callable[..., dict[str, CheckResult]]:
    """Judges subjects for a release as a run of its own; returns what was found by the name of the check."""

    def judge_subjects(*subjects: Subject, release: str = RELEASE) -> dict[str, CheckResult]:
        judging = Judging(release, publisher.open_run().run_id, Stage.CHECK_RAW)
        verdict = judge_pending(transformer, warehouse.dsn(Role.TRANSFORMER), judging, subjects)
        return {result.name: result for result in verdict.results}

    return judge_subjects


def newest(query: Callable[..., Any]) -> dict[tuple[str, str], bool]:
    """Which of the checks held, when each was made last."""
    return {(suite, name): held for suite, name, held in query("select suite, name, success from ops.newest_checks")}


def test_a_warning_does_not_hide_a_critical_failure_of_the_same_column(publisher, check, query, as_owner):
    publisher.publish([*TEN[:4], TEN[4] | {"GAS": "lots"}, *[published_row(n) for n in range(5, 200)]]).ingest()
    as_owner(f"delete from raw.{DATASET} where period_started_at = '2026-01-01 01:00+00'")
    check(raw_periods(Grid(DATASET, RELEASE)))
    found = query("select name, severity, success, observed_value from ops.newest_checks order by 1")
    assert found == [("no_period_is_missing", "critical", False, 1), ("no_period_was_refused", "warning", False, 1)]


def test_a_run_that_judges_only_freshness_leaves_the_other_checks_on_the_screen(publisher, check, query, transformer):
    publisher.publish(TEN).ingest()
    check(*PIPELINE.release().raw_subjects(1))
    before = newest(query)
    assert len(before) == 6
    given = Freshness(DATASET, f"raw.{DATASET}", "period_started_at", *[timedelta(days=1)] * 3)
    judging = Judging(RELEASE, publisher.open_run().run_id, Stage.CHECK_MARTS)
    check_freshness(transformer, judging, [given], at=NOON, is_routine=True)
    assert newest(query) == before | {("freshness", f"{DATASET}_is_recent"): True}


def test_a_check_that_is_made_no_more_is_not_shown(publisher, check, query):
    publisher.publish(TEN).ingest()
    subject = raw_versions(DATASET, RELEASE, key=("period_started_at",))
    check(replace(subject, checks=(*subject.checks, Check("former", subject.checks[0].expectation))))
    assert ("raw." + DATASET, "former") in newest(query)
    check(subject)
    assert {name for _, name in newest(query)} == {check.name for check in subject.checks}


def test_no_two_checks_of_the_warehouse_have_one_name():
    subject = raw_versions(DATASET, RELEASE, key=("period_started_at",))
    with pytest.raises(ValueError, match="two checks of one name"):
        replace(subject, checks=subject.checks * 2)
    named = [each.suite for release in releases() for each in (*release.raw_subjects(1), *release.mart_subjects)]
    assert len(set(named)) == len(named)


def test_only_what_is_pending_is_judged(publisher, check, transformer):
    publisher.publish(TEN).ingest()
    ours = raw_versions(DATASET, RELEASE, key=("period_started_at",))
    others = replace(ours, suite="another", datasets=("another",))
    always = replace(ours, suite="always", datasets=())
    assert len(check(ours, others, always)) == 3
    build_id = versions.begin_build(transformer, RELEASE)
    versions.next_slice(transformer, RELEASE, build_id)
    with transformer:
        versions.mark_published(transformer, RELEASE)
    assert check(ours, others) == {}


# A dataset in columns, with a key of an instant and a text.


@pytest.fixture
def typed(as_owner: Callable[..., None], owner: Connection, publisher: Publisher) -> Callable[..., None]:
    """Makes a table of typed versions; adds versions to it, each of a half-hour, a region, a hash and a second."""
    run = publisher.open_run().run_id
    as_owner(
        f"""
        create table raw.{TYPED} (
            started_at timestamptz not null, region text, intensity integer, content_hash bytea,
            known_at timestamptz not null, run_id bigint not null,
            version_id bigint generated always as identity primary key
        )
        """,
        f"grant select on raw.{TYPED} to gridloom_transformer",
        f"insert into ops.datasets (dataset) values ('{TYPED}')",
        f"""
        insert into ops.loads (run_id, dataset, scope, covers, is_routine, outcome, new, started_at)
        values ({run}, '{TYPED}', 'all', '[2026-01-01 00:00+00, 2026-01-01 02:00+00)', true, 'held', 0, now())
        """,
    )
    versions.create_watermarks(owner, [*releases(), _Typed()])

    def add(*rows: tuple[str, str | None, str | None, int]) -> None:
        with owner, owner.cursor() as cursor:
            cursor.executemany(
                f"insert into raw.{TYPED} (started_at, region, content_hash, known_at, run_id)"
                " values (('2026-01-01 ' || %s || '+00')::timestamptz, %s, %s,"
                f" timestamptz '2026-01-01' + %s * interval '1 s', {run})",
                rows,
            )
            cursor.execute("update ops.loads set new = new + %s where run_id = %s", (len(rows), run))

    return add


class _Typed:
    name, dataset_names, follows = "regional", (TYPED,), ()


KEYED = raw_versions(TYPED, "regional", key=("started_at", "region"), nullable=("region",), has_payload=False)
GRID = Grid(TYPED, "regional", time_column="started_at", further_key=("region",))


def test_versions_of_a_key_of_several_columns_are_told_apart(typed, check):
    typed(("00:00", "A", "x", 1), ("00:00", "B", "x", 1), ("00:00", None, "x", 1), ("00:00", None, "y", 2))
    found = check(KEYED, release="regional")
    assert {name: result.success for name, result in found.items()} == {
        "versions_differ": True,
        "versions_are_in_order": True,
    }
    typed(("00:00", "B", "x", 2), ("00:00", None, "z", 2))
    found = check(KEYED, release="regional")
    assert [found[name].observed_value for name in ("versions_differ", "versions_are_in_order")] == [1, 1]
    assert "region B" in found["versions_differ"].finding


def test_a_period_of_several_rows_is_held_as_long_as_one_of_them_lives(typed, check):
    typed(("00:00", "A", "x", 1), ("00:30", "A", "x", 1), ("00:30", "B", "x", 1), ("01:30", "A", "x", 1))
    typed(("00:00", "A", None, 2), ("00:30", "A", None, 2))
    found = check(raw_periods(GRID), release="regional")["no_period_is_missing"]
    assert (found.severity, found.success, found.observed_value) == (Severity.CRITICAL, False, 2)
    assert "00:30" not in str(found.details["examples"])


def test_where_the_publisher_fills_no_gaps_a_hole_warns(typed, check):
    typed(("00:00", "A", "x", 1), ("01:00", "A", "x", 1))
    found = check(raw_periods(replace(GRID, fills_gaps=False)), release="regional")["no_period_is_missing"]
    assert (found.severity, found.success) == (Severity.WARNING, False)


def test_a_known_gap_warns_and_is_not_missing(typed, check, as_owner):
    as_owner(
        "create table reference.known_gaps (started_at timestamptz, ended_at timestamptz)",
        "insert into reference.known_gaps values ('2026-01-01 00:30+00', '2026-01-01 01:00+00')",
        "grant select on reference.known_gaps to gridloom_transformer",
    )
    typed(("00:00", "A", "x", 1), ("01:00", "A", "x", 1))
    found = check(raw_periods(replace(GRID, known_gaps="reference.known_gaps")), release="regional")
    assert found["no_period_is_missing"].success
    told = found["no_period_is_a_known_gap"]
    assert (told.severity, told.success, told.observed_value) == (Severity.WARNING, False, 1)


def test_a_load_that_counted_otherwise_than_it_added_fails(typed, check, query, as_owner):
    typed(("00:00", "A", "x", 1))
    [(run_id,)] = query(f"select run_id from ops.loads where dataset = '{TYPED}'")
    subject = load_counts(TYPED, "regional", run_id)
    assert check(subject, release="regional")["versions_are_counted"].success
    as_owner("update ops.loads set new = new + 1")
    found = check(subject, release="regional")["versions_are_counted"]
    assert (found.severity, found.success) == (Severity.CRITICAL, False)


def test_a_forecast_says_nothing_of_how_old_a_dataset_is(transformer, publisher, as_owner, query):
    as_owner(
        "create table public.forecasts (at timestamptz, actual integer)",
        "insert into public.forecasts values ('2026-01-01 11:00+00', 7), ('2026-01-04 11:00+00', null)",
        "grant select on public.forecasts to gridloom_transformer",
    )
    hours = [timedelta(hours=each) for each in (1, 12, 24)]
    measured = Freshness("forecasts", "public.forecasts", "at", *hours, measured_column="actual")
    judging = Judging(RELEASE, publisher.open_run().run_id, Stage.CHECK_MARTS)
    stale = check_freshness(transformer, judging, [measured], at=NOON, is_routine=True)
    assert stale == (
        "forecasts: the newest period, 2026-01-01 11:00 UTC, ended 24.0 h ago; "
        "a warning from 12 h on, critical from 24 h (critical)"
    )
    anything = replace(measured, measured_column=None)
    assert check_freshness(transformer, judging, [anything], at=NOON, is_routine=True) is None


# What is personal.

SECRET = "Miss Marple"
# The query is told in Data Docs, and names nobody.
PERSON = "'Miss ' || 'Marple'"


def personal(*expectations: Any) -> Subject:
    checks = tuple(Check(f"check {number}", each) for number, each in enumerate(expectations))
    query = f"select {PERSON} as person, 17 as usage"
    return Subject("meters", "raw.meters", ("person",), query, checks)


PERSONAL = personal(
    gxe.ExpectColumnValuesToBeBetween(column="usage", max_value=1, description="usage is small"),
    gxe.ExpectColumnMaxToBeBetween(column="usage", max_value=1, description="the most is small"),
    gxe.ExpectColumnValuesToBeInSet(column="person", value_set=["nobody"], description="nobody is there"),
    gxe.ExpectColumnValuesToBeBetween(column="gone", max_value=1, description="it is there"),
)


def test_what_is_told_of_personal_rows_names_none_of_them(warehouse, tmp_path):
    url = warehouse.dsn(Role.TRANSFORMER)
    open_about_it = judge([PERSONAL], url=url)
    assert SECRET in str(open_about_it), "or the test would prove nothing"
    found = judge([PERSONAL], url=url, is_personal=True)
    assert [result.success for result in found] == [False] * 4
    told = " ".join(f"{result.finding} {result.details} {result.observed_value}" for result in found)
    assert SECRET not in told
    assert "17" not in told
    assert "raw.meters: usage is small: 1 of 1 rows are not so" in told
    index = build_data_docs(url, tmp_path, [PERSONAL], is_personal=True)
    pages = "".join(page.read_text() for page in index.parent.rglob("*.html"))
    assert "usage is small" in pages
    assert SECRET not in pages


def test_an_error_of_personal_rows_quotes_none_of_them(warehouse):
    broken = replace(PERSONAL, query=f"select ({PERSON})::integer as usage")
    with pytest.raises(JudgementError) as error:
        judge([broken], url=warehouse.dsn(Role.TRANSFORMER), is_personal=True)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None


def test_a_release_that_reads_anything_personal_tells_no_examples(publisher, check, as_owner):
    publisher.publish(TEN).ingest()
    as_owner(
        f"delete from raw.{DATASET} where period_started_at = '2026-01-01 01:00+00'",
        "update ops.datasets set is_personal = true",
    )
    found = check(raw_periods(Grid(DATASET, RELEASE)))["no_period_is_missing"]
    assert found.observed_value == 1
    assert "examples" not in found.details
    assert "2026" not in found.finding


# A warehouse of before.

BEFORE = """
    drop view ops.newest_checks;
    drop table ops.built_views;
    alter table ops.quality_results drop column name;
    alter table ops.watermarks drop column bound_version_id, drop column follows;
    delete from ops.migrations where name = '0014_releases';
    create table marts.daily_coverage (settlement_date date primary key);
    create table analytics.daily_coverage (
        settlement_date date not null primary key, expected_half_hours integer not null,
        present_half_hours integer not null, missing_half_hours integer not null,
        not_yet_published_half_hours integer not null, rejected_half_hours integer not null,
        revised_half_hours integer not null
    );
    insert into analytics.daily_coverage values ('2026-01-01', 48, 40, 8, 0, 1, 2), ('2026-01-02', 48, 10, 0, 38, 0, 0);
    alter table analytics.daily_coverage owner to gridloom_transformer;
    alter table marts.daily_coverage owner to gridloom_transformer
"""


def test_the_coverage_of_a_warehouse_of_before_is_kept_and_belongs_to_its_dataset(as_owner, owner, warehouse, query):
    as_owner(BEFORE)
    assert migrate(owner, warehouse.passwords) == ["0014_releases"]
    assert query(
        "select dataset, settlement_date::text, present_half_hours, missing_half_hours, not_asked_half_hours"
        " from analytics.daily_coverage order by 2"
    ) == [(DATASET, "2026-01-01", 40, 8, 0), (DATASET, "2026-01-02", 10, 0, 0)]
    [(key,)] = query(
        "select pg_get_constraintdef(oid) from pg_constraint where contype = 'p' and conrelid = %s::regclass",
        "analytics.daily_coverage",
    )
    assert key == "PRIMARY KEY (dataset, settlement_date)"
    assert query("select to_regclass('marts.daily_coverage')") == [(None,)]


def test_the_results_of_a_warehouse_of_before_get_their_names(as_owner, owner, warehouse, query, publisher):
    run_id = publisher.open_run().run_id
    as_owner(
        BEFORE,
        f"""
        insert into ops.quality_results (
            run_id, stage, suite, subject, expectation, column_name, severity, success, details, judged_at
        )
        values
        ({run_id}, 'check_raw', 'raw.x.periods', 'raw.x', 'expect_set', 'standing', 'critical', true,
         '{{"description": "no half-hour is missing before the newest"}}', now()),
        ({run_id}, 'check_marts', 'marts.x', 'marts.x', 'expect_set', 'gas_mw_steady_half_hours', 'warning', true,
         '{{"description": "gas_mw does not stand still for 3 days"}}', now()),
        ({run_id}, 'check_marts', 'freshness', 'marts.half_hourly_generation', 'newest_half_hour_is_recent', 'period',
         'critical', true, '{{}}', now()),
        ({run_id}, 'check_marts', 'marts.y', 'marts.y', 'expect_set', 'other', 'warning', true, '{{}}', now())
        """,
    )
    migrate(owner, warehouse.passwords)
    assert {name for _, name in newest(query)} == {
        *("no_period_is_missing", "gas_mw_moves", "neso_generation_mix_is_recent", "expect_set of other"),
    }
