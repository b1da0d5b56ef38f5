"""What Data quality tells of checks, refused rows and new columns, whether or not anything is published."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.operations import runs
from include.serving.dashboard.operations.quality import queries
from include.serving.dashboard.operations.quality.queries import Within
from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.span import MOST_POINTS, Extent, Span, span_of_days
from include.settlement import HALF_HOUR, LONDON
from include.warehouse import Connection, Role, Warehouse, session

MAY = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PICKED, OTHER = "suite: row_count", "suite: solar_sum"


@pytest.fixture
def reader(warehouse: Warehouse) -> Iterator[Reader]:
    with reading(warehouse.dsn(Role.SCREENS)) as reader:
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
                (run_id, stage, suite, name, subject, expectation, column_name, severity, success, observed_value,
                judged_at)
            select
                %(run)s, 'check_marts', 'suite', 'row_count', 'table', 'expect_row_count', null,
                'critical', hour < 2999,
                to_jsonb(hour), %(first)s + hour * interval '1 hour'
            from generate_series(0, 2999) as hour
            union all
            select
                %(run)s, 'check_marts', 'suite', 'solar_sum', 'table', 'expect_sum', 'solar_mw', 'warning', true,
                to_jsonb(second),
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
    assert queries.measured_checks(reader) == [PICKED, OTHER]
    found = queries.observed_over_time(reader, PICKED)
    assert (found.values.num_rows, found.total) == (MOST_POINTS, 3_000)
    assert found.values["observed"].to_pylist() == list(range(1_000, 3_000))
    assert found.values["outcome"].to_pylist()[-2:] == ["held", "failed"]


@pytest.mark.usefixtures("judged")
def test_what_was_judged_is_told_with_its_range(reader: Reader) -> None:
    day = Within(MAY + 24 * HOUR, MAY + 48 * HOUR)
    assert queries.measured_checks(reader, day) == [PICKED]
    found = queries.observed_over_time(reader, PICKED, day)
    assert found.values["observed"].to_pylist() == list(range(24, 48))
    assert found.total == 24


def test_refused_rows_are_those_of_the_range_and_the_others_are_counted(
    reader: Reader, loader: Connection, run_id: int
) -> None:
    refuse(loader, run_id, MAY, MAY + HOUR, MAY + 2 * HOUR, None)
    found = queries.rejected(reader, Within(MAY, MAY + 2 * HOUR))
    assert [row["payload"] for row in found.rows] == ["row 0", "row 1"]
    assert (found.total, found.ever) == (2, 4)
    newest = queries.rejected(reader, limit=3)
    assert (len(newest.rows), newest.total, newest.ever) == (3, 4, 4)


def test_a_row_that_names_no_half_hour_belongs_to_when_it_was_refused(
    reader: Reader, loader: Connection, run_id: int
) -> None:
    refuse(loader, run_id, None)
    now = datetime.now(UTC)
    assert queries.rejected(reader, Within(now - HOUR, now + HOUR)).total == 1
    assert queries.rejected(reader, Within(now + HOUR, None)).total == 0
    assert (
        queries.rejected(reader, Within.of(Span(MAY, MAY + HOUR, LONDON), Extent(MAY, MAY, HALF_HOUR, LONDON))).total
        == 1
    )


@pytest.fixture
def page(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page as it is where nothing was ever published."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    this_process.clear()
    yield AppTest.from_function(_unpublished, default_timeout=60)
    this_process.clear()


def _unpublished() -> None:
    from include.serving.dashboard import frame  # noqa: PLC0415 - Streamlit runs the text of this function
    from include.serving.dashboard.operations.quality import page  # noqa: PLC0415 - as above

    frame.open_page()
    page.draw()


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
    assert texts(page.warning) == ["` table: None ` (critical)"]
    assert "The newest 2,000 of 3,000 values in this range." in texts(page.caption)
    assert "The newest 500 of 501 in this range." in texts(page.caption)
    assert any("TIDAL" in str(table.value.to_dict()) for table in page.dataframe)


@pytest.fixture
def counted(warehouse: Warehouse) -> None:
    """Five days of one dataset, as they may stand, and one day of another."""
    columns = "dataset, settlement_date, expected_half_hours, present_half_hours, missing_half_hours"
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(
            f"""
            create table analytics.daily_coverage as
            select * from (values
                ('neso_generation_mix', date '2026-05-01', 48, 0, 0, 48, 0, 0, 0, 0),
                ('neso_generation_mix', date '2026-05-02', 48, 20, 0, 28, 0, 0, 0, 3),
                ('neso_generation_mix', date '2026-05-03', 48, 47, 1, 0, 0, 0, 0, 0),
                ('neso_generation_mix', date '2026-05-04', 48, 10, 0, 0, 0, 38, 0, 0),
                ('neso_generation_mix', date '2026-05-05', 48, 46, 0, 0, 2, 0, 0, 1),
                ('tide_heights', date '2026-05-04', 48, 48, 0, 0, 0, 0, 0, 0)
            ) as days ({columns}, not_asked_half_hours, known_gap_half_hours, not_yet_published_half_hours,
                rejected_half_hours, revised_half_hours);
            grant select on analytics.daily_coverage to gridloom_analyst, gridloom_screens;
            insert into ops.datasets (dataset, publisher, publisher_title, publisher_url, attribution, licence,
                licence_url, title, time_zone, is_declared)
            values ('tide_heights', 'tide', 'Tide', 'https://tide.test', 'Tides', 'Open', 'https://tide.test/licence',
                'Heights', 'Europe/London', true)
            """
        )


@pytest.mark.usefixtures("counted")
def test_what_was_never_asked_for_is_not_missing_and_not_due(reader: Reader) -> None:
    span = span_of_days(date(2026, 5, 1), date(2026, 5, 5), LONDON)
    days = queries.calendar(reader, "neso_generation_mix", span).to_pylist()
    gap = "Lacking at its publisher for ever"
    never = "Never asked for, in part or whole"
    assert [day["state"] for day in days] == [never, never, "Half-hours missing", "Not over yet", gap]
    totals = queries.totals(reader, "neso_generation_mix", span)
    assert (totals["due"], totals["present"], totals["missing"]) == (124, 123, 1)
    assert (totals["not_asked"], totals["known_gaps"]) == (76, 2)


@pytest.mark.usefixtures("counted")
def test_each_dataset_has_its_own_days(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert [(metric.label, metric.value) for metric in page.metric][:4] == [
        ("Half-hours present", "123 of 124"),
        ("Missing", "1"),
        ("Never asked for", "76"),
        ("Known gaps", "2"),
    ]
    page.selectbox(key="quality-dataset").set_value("tide_heights").run()
    assert "Coverage of ` Heights `, a cell a day" in texts(page.header)
    assert page.metric[0].value == "48 of 48"
    assert "".join(page.query_params["dataset"]) == "tide_heights"


@pytest.mark.usefixtures("counted")
def test_days_that_nobody_counted_are_told_in_words(page: AppTest) -> None:
    page.query_params.update({"range": "days", "from": "2027-01-01", "to": "2027-01-02"})
    page.run()
    assert not page.metric
    assert "**Nothing is published for these days.** Choose others, or bring them in: `make run`." in texts(page.info)


def test_a_check_that_measured_one_figure_has_no_chart(page: AppTest, transformer: Connection, run_id: int) -> None:
    with transformer, transformer.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.quality_results
                (run_id, stage, suite, name, subject, expectation, severity, success, observed_value, judged_at)
            select %(run)s, 'check_marts', 'suite', 'row_count', 'table', 'expect_row_count', 'critical', true,
                to_jsonb(0), at
            from generate_series(%(first)s, %(first)s + interval '2 hours', '1 hour') as at
            """,
            {"run": run_id, "first": MAY},
        )
    page.run()
    assert not page.exception
    assert not page.get("vega_lite_chart")
    assert "**0**, each of the 3 times it was made in this range." in texts(page.caption)


def texts(elements: Any) -> list[str]:
    return [each.value for each in elements]
