"""The history of runs as the dashboard tells it: which runs a range has, and how long they took by an interval."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.operations.runs import queries
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, Preset, span_of, span_of_days
from include.settlement import LONDON
from include.warehouse import Connection, Role, Warehouse

# The clocks have just gone forward: 23:00 in London on 29 March, then 00:30 and later on the 30th.
BEGAN = ("2026-03-29T22:00Z", "2026-03-29T23:30Z", "2026-03-29T23:40Z", "2026-03-29T23:50Z", "2026-04-01T00:10Z")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def run_history(warehouse: Warehouse, loader: Connection) -> Iterator[Reader]:
    """Three runs that succeeded, one that failed and one that was lost."""
    rows = [("success", 10), ("success", 10), ("success", 30), ("failed", 5), ("lost", None)]
    with loader, loader.cursor() as cursor:
        for began, (status, took_s) in zip(BEGAN, rows, strict=True):
            cursor.execute(
                """
                insert into ops.pipeline_runs
                    (dag_id, airflow_run_id, started_at, last_seen_at, finished_at, status)
                values ('neso_generation_mix', %(began)s, %(began)s, %(began)s,
                    %(began)s::timestamptz + %(took_s)s * interval '1 second', %(status)s)
                """,
                {"began": began, "took_s": took_s, "status": status},
            )
    with reading(warehouse.dsn(Role.SCREENS)) as reader:
        yield reader


def test_the_newest_runs_are_in_the_usual_range_however_old_the_data_is(run_history):
    held = extent(run_history, queries.RUNS)
    assert held is not None
    assert (held.first_at, held.newest_at) == (at("2026-03-29T22:00"), at("2026-04-01T00:10"))
    [newest] = queries.runs(run_history, span_of(Preset.LAST_24_HOURS, held))
    assert newest["started_at"] == at("2026-04-01T00:10")
    assert queries.counts(run_history, span_of(Preset.LAST_7_DAYS, held)) == (5, 2)


def test_runs_of_a_day_are_those_of_the_day_in_london(run_history):
    span = span_of_days(date(2026, 3, 30), date(2026, 3, 30), LONDON)
    assert queries.counts(run_history, span) == (3, 1)
    found = queries.runs(run_history, span, limit=2)
    assert [run["started_at"] for run in found] == [at("2026-03-29T23:50"), at("2026-03-29T23:40")]
    [failure] = queries.failures(run_history, span)
    assert failure["status"] == "failed"


@pytest.mark.parametrize(
    ("interval", "buckets"),
    [
        (
            Interval.FIVE_MINUTES,
            [("22:00", "success", 10), ("23:30", "success", 10), ("23:40", "success", 30), ("23:50", "failed", 5)],
        ),
        (Interval.HALF_HOUR, [("22:00", "success", 10), ("23:30", "failed", 5), ("23:30", "success", 20)]),
        (Interval.HOUR, [("22:00", "success", 10), ("23:00", "failed", 5), ("23:00", "success", 20)]),
        (Interval.DAY, [("29", "success", 10), ("30", "failed", 5), ("30", "success", 20)]),
        (Interval.MONTH, [("3", "failed", 5), ("3", "success", 50 / 3)]),
        (Interval.YEAR, [("2026", "failed", 5), ("2026", "success", 50 / 3)]),
    ],
)
def test_durations_are_averaged_over_the_interval(run_history, interval, buckets):
    named = {Interval.DAY: "%-d", Interval.MONTH: "%-m", Interval.YEAR: "%Y"}.get(interval, "%H:%M")
    span = span_of_days(date(2026, 3, 1), date(2026, 4, 1), LONDON)
    rows = queries.durations(run_history, span, interval).to_pylist()
    told = [(row["started_at"].strftime(named), row["status"], pytest.approx(row["duration_s"])) for row in rows]
    assert told == buckets


def test_where_nothing_has_run_there_is_no_range_of_runs(warehouse):
    with reading(warehouse.dsn(Role.SCREENS)) as reader:
        assert extent(reader, queries.RUNS) is None


@pytest.fixture
def drawn(warehouse: Warehouse, loader: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page of runs over a warehouse of the test's own, as Streamlit draws it."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    streamlit.cache_resource.clear()
    yield AppTest.from_function(_page, default_timeout=60)
    streamlit.cache_resource.clear()


def _page() -> None:
    from include.serving.dashboard import frame  # noqa: PLC0415 - Streamlit runs the body of this function as a script
    from include.serving.dashboard.operations.runs import page  # noqa: PLC0415 - likewise

    frame.open_page()
    page.draw()


def test_what_is_left_out_of_the_page_is_counted(drawn, loader):
    with loader, loader.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.pipeline_runs (dag_id, airflow_run_id, started_at, last_seen_at, finished_at, status)
            select 'neso_generation_mix', number::text, began_at, began_at, began_at,
                case when number <= 7 then 'failed' else 'success' end
            from generate_series(1, 201) as number
            cross join lateral (select '2026-03-01'::timestamptz + number * interval '1 minute') as run (began_at)
            """
        )
    page = drawn.run()
    assert not page.exception
    # Nothing was ever published: all the more a reader looks for what went wrong.
    assert not page.warning
    told = [caption.value for caption in page.caption]
    assert "The newest 200 of 201 runs of this range." in told
    assert "The newest 5 of 7 failures of this range." in told
    assert len([each for each in page.expander if each.label.startswith("` 2026-03-01")]) == 5
    assert page.dataframe[0].value.shape[0] == 200


def test_a_failed_run_names_each_dataset_that_failed_and_why(drawn, loader):
    with loader, loader.cursor() as cursor:
        cursor.execute(
            """
            with run as (
                insert into ops.pipeline_runs (dag_id, airflow_run_id, started_at, last_seen_at, finished_at, status,
                    failed_task, error_message)
                values ('neso_generation_mix', 'a', now(), now(), now(), 'failed', 'load', '1 of 2 loads failed')
                returning run_id, started_at
            )
            insert into ops.loads (run_id, dataset, scope, is_routine, outcome, cause, started_at)
            select run_id, 'neso_generation_mix', scope, true, outcome, cause, started_at
            from run
            cross join (
                values ('a day', 'held', null), ('a week', 'failed', 'Half of it is not there')
            ) as of_run (scope, outcome, cause)
            """
        )
    page = drawn.run()
    assert not page.exception
    told = [text.value for text in page.text]
    assert "Historic GB Generation Mix, a week: Half of it is not there" in told
    assert not any("a day" in text for text in told)
    [loads] = [table.value for table in page.dataframe if "Outcome" in table.value]
    assert sorted(loads["Outcome"]) == ["failed", "held"]
    assert "Historic GB Generation Mix: nothing is published yet" in told
    assert any("gray-badge" in text.value and "unknown" in text.value for text in page.markdown)


def test_the_page_of_runs_stands_where_nothing_has_run(drawn):
    page = drawn.run()
    assert not page.exception
    assert not page.warning
    assert [told.value for told in page.info] == ["**Nothing has run yet.** The first run: `make run`."]
