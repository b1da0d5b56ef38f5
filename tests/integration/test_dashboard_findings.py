"""What Data quality tells of checks, refused rows and new columns, whether or not anything is published."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.operations import runs
from include.serving.dashboard import coverage
from include.serving.dashboard.coverage import Within
from include.serving.dashboard.place import dashboard
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.span import MOST_POINTS, Published, Span
from include.warehouse import Connection, Role, Warehouse

MAY = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PICKED, OTHER = "table: expect_row_count", "table: expect_sum of solar_mw"


@pytest.fixture
def reader(warehouse: Warehouse) -> Iterator[Reader]:
    with reading(warehouse.dsn(Role.ANALYST)) as reader:
        yield reader


@pytest.fixture
def run_id(loader: Connection) -> int:
    return runs.open_run(loader, "neso_generation_mix", "findings")


@pytest.fixture
def judged(transformer: Connection, run_id: int) -> None:
    """A check made every hour, 3,000 times, and another one made later and 6,000 times as often."""
    with transformer, transformer.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.quality_results
                (run_id, stage, suite, subject, expectation, column_name, severity, success, observed_value, judged_at)
            select
                %(run)s, 'check_marts', 'suite', 'table', 'expect_row_count', null, 'critical', hour < 2999,
                to_jsonb(hour), %(first)s + hour * interval '1 hour'
            from generate_series(0, 2999) as hour
            union all
            select
                %(run)s, 'check_marts', 'suite', 'table', 'expect_sum', 'solar_mw', 'warning', true, to_jsonb(second),
                %(first)s + interval '3000 hours' + second * interval '1 second'
            from generate_series(0, 5999) as second
            """,
            {"run": run_id, "first": MAY},
        )


def refuse(loader: Connection, run_id: int, *observed_at: datetime | None) -> None:
    with loader, loader.cursor() as cursor:
        for number, at in enumerate(observed_at):
            cursor.execute(
                """
                insert into ops.rejected_rows
                    (dataset, reason, payload, observed_at, first_run_id, run_id, first_rejected_at, last_rejected_at)
                values ('neso_generation_mix', 'no number', %(payload)s, %(at)s, %(run)s, %(run)s, now(), now())
                """,
                {"payload": f"row {number}", "at": at, "run": run_id},
            )


@pytest.mark.usefixtures("judged")
def test_another_check_that_is_made_more_often_leaves_the_picked_one_as_it_is(reader: Reader) -> None:
    assert coverage.measured_checks(reader) == [PICKED, OTHER]
    found = coverage.observed_over_time(reader, PICKED)
    assert (found.values.num_rows, found.total) == (MOST_POINTS, 3_000)
    assert found.values["observed"].to_pylist() == list(range(1_000, 3_000))
    assert found.values["outcome"].to_pylist()[-2:] == ["held", "failed"]


@pytest.mark.usefixtures("judged")
def test_what_was_judged_is_told_with_its_range(reader: Reader) -> None:
    day = Within(MAY + 24 * HOUR, MAY + 48 * HOUR)
    assert coverage.measured_checks(reader, day) == [PICKED]
    found = coverage.observed_over_time(reader, PICKED, day)
    assert found.values["observed"].to_pylist() == list(range(24, 48))
    assert found.total == 24


def test_refused_rows_are_those_of_the_range_and_the_others_are_counted(
    reader: Reader, loader: Connection, run_id: int
) -> None:
    refuse(loader, run_id, MAY, MAY + HOUR, MAY + 2 * HOUR, None)
    found = coverage.rejected(reader, Within(MAY, MAY + 2 * HOUR))
    assert [row["payload"] for row in found.rows] == ["row 0", "row 1"]
    assert (found.total, found.ever) == (2, 4)
    newest = coverage.rejected(reader, limit=3)
    assert (len(newest.rows), newest.total, newest.ever) == (3, 4, 4)


def test_a_row_that_names_no_half_hour_belongs_to_when_it_was_refused(
    reader: Reader, loader: Connection, run_id: int
) -> None:
    refuse(loader, run_id, None)
    now = datetime.now(UTC)
    assert coverage.rejected(reader, Within(now - HOUR, now + HOUR)).total == 1
    assert coverage.rejected(reader, Within(now + HOUR, None)).total == 0
    assert coverage.rejected(reader, Within.of(Span(MAY, MAY + HOUR), Published(MAY, MAY))).total == 1


@pytest.fixture
def page(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page as it is where nothing was ever published."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    dashboard.clear()
    yield AppTest.from_function(_unpublished, default_timeout=60)
    dashboard.clear()


def _unpublished() -> None:
    from include.serving.dashboard import frame  # noqa: PLC0415 - Streamlit runs the text of this function
    from include.serving.dashboard.screens import quality  # noqa: PLC0415 - as above

    frame.open_page()
    quality.show(None)


@pytest.mark.usefixtures("judged")
def test_a_first_run_that_failed_is_explained(page: AppTest, loader: Connection, run_id: int) -> None:
    refuse(loader, run_id, *[MAY] * 501)
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "insert into ops.schema_drift values ('neso_generation_mix', 'TIDAL', now(), '7', %s)", (run_id,)
        )
    page.run()
    assert not page.exception
    assert texts(page.header) == ["Checks", "Columns that publishers added", "Rejected rows"]
    assert texts(page.warning) == ["**table**: None (critical)"]
    assert "The newest 2,000 of 3,000 values in this range." in texts(page.caption)
    assert "The newest 500 of 501 in this range." in texts(page.caption)
    assert any("TIDAL" in str(table.value.to_dict()) for table in page.dataframe)


def texts(elements: Any) -> list[str]:
    return [each.value for each in elements]
