"""What a scrape reads from the warehouse. Names and units: https://prometheus.io/docs/practices/naming/

The figures are the run history's own, so they survive a restart and are the same whoever serves them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    StateSetMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from include.operations.runs import Status
from include.serving.checks import NEWEST_RESULTS
from include.serving.datasets import DeclaredDataset, read_datasets
from include.warehouse import Connection

OF_DATASET = ("dag_id", "dataset")
OUTCOMES = ("fetched", "new", "revised", "withdrawn", "unchanged", "rejected", "published")
ENDED = tuple(status.value for status in Status if status is not Status.RUNNING)

RUNS = """
    select
        dag_id,
        count(*) filter (where status = any(%(ended)s)) as ended,
        coalesce(sum(duration_s) filter (where status = any(%(ended)s)), 0) as seconds,
        max(finished_at) filter (where status = 'success') as succeeded_at,
        jsonb_build_object('fetched', sum(fetched), 'new', sum(new), 'revised', sum(revised),
            'withdrawn', sum(withdrawn), 'unchanged', sum(unchanged), 'rejected', sum(rejected),
            'published', sum(published)) as rows
    from ops.pipeline_runs
    group by dag_id
    order by dag_id
"""
LAST_RUNS = """
    select distinct on (dag_id) dag_id, run_id, status, duration_s, finished_at
    from ops.pipeline_runs
    where status = any(%(ended)s)
    order by dag_id, started_at desc
"""
RUNS_BY_STATUS = """
    select dag_id, status, count(*) from ops.pipeline_runs where status = any(%(ended)s) group by 1, 2 order by 1, 2
"""
FAILED_CHECKS = f"""
    select dag_id, severity, count(*) filter (where not success)
    from ({NEWEST_RESULTS}) as newest
    group by dag_id, severity
    order by dag_id, severity
"""  # noqa: S608 - our own query
REJECTS = """
    select
        coalesce(dag_id, ''), dataset,
        (select count(*) from ops.rejected_rows as refused where refused.dataset = known.dataset)
    from ops.datasets as known
    order by dataset
"""
UNENDED = "select count(*) from ops.unended_queries"
UNSENT = "select count(*) from ops.alert_messages where sent_at is null"


@dataclass(frozen=True)
class WarehouseCollector(Collector):
    """The warehouse as Prometheus sees it."""

    open_session: Callable[[], AbstractContextManager[Connection]]

    def collect(self) -> Iterable[Metric]:
        """Read everything anew. A warehouse that cannot be read is a metric too, and the only one."""
        try:
            with self.open_session() as reader:
                metrics = list(_metrics(reader, datetime.now(UTC)))
        except psycopg2.Error:
            metrics = []
        up = GaugeMetricFamily("gridloom_warehouse_up", "Whether the warehouse could be read (1) or not (0).")
        up.add_metric([], 1.0 if metrics else 0.0)
        return [up, *metrics]


def _metrics(reader: Connection, at: datetime) -> Iterator[Metric]:
    yield from _data(reader, at)
    yield from _history(reader)
    yield from _last_runs(reader)
    yield _gauge(
        *("gridloom_checks_failed", "Checks whose newest result is a failure, by severity."),
        ("dag_id", "severity"),
        _rows(reader, FAILED_CHECKS),
    )
    yield _gauge(
        *("gridloom_rejected_rows", "Different rows in ops.rejected_rows."), OF_DATASET, _rows(reader, REJECTS)
    )
    yield _gauge(
        *("gridloom_unended_queries", "Queries of the SQL box that PostgreSQL cannot stop."), (), _rows(reader, UNENDED)
    )
    yield _gauge(*("gridloom_alert_messages_unsent", "Messages that no receiver took yet."), (), _rows(reader, UNSENT))


def _data(reader: Connection, at: datetime) -> Iterator[Metric]:
    datasets = read_datasets(reader, at)
    yield _of_datasets(
        *("gridloom_dataset_newest_timestamp_seconds", "End of the newest measured period that is published."),
        {each: each.newest_ended_at.timestamp() for each in datasets if each.newest_ended_at},
    )
    yield _of_datasets(
        *("gridloom_dataset_age_seconds", "Time since the end of the newest measured period that is published."),
        {each: age.total_seconds() for each in datasets if (age := each.age(at)) is not None},
    )
    yield _of_datasets(
        *("gridloom_dataset_critical_age_seconds", "The age from which on the dataset counts as stale."),
        {each: each.critical_after.total_seconds() for each in datasets if each.critical_after},
    )
    yield _of_datasets(
        *("gridloom_dataset_last_load_timestamp_seconds", "The last load that was accepted into raw."),
        {each: each.last_known_at.timestamp() for each in datasets if each.last_known_at},
    )
    yield _of_datasets(
        *("gridloom_dataset_failed_loads", "Loads begun in the last 24 hours that failed."),
        {each: each.failed_loads for each in datasets},
    )


def _history(reader: Connection) -> Iterator[Metric]:
    runs = CounterMetricFamily("gridloom_runs", "Runs that ended, by how.", labels=("dag_id", "status"))
    for dag_id, status, count in _rows(reader, RUNS_BY_STATUS):
        runs.add_metric([dag_id, status], count)
    seconds = SummaryMetricFamily("gridloom_run_duration_seconds", "How long runs took.", labels=("dag_id",))
    rows = CounterMetricFamily("gridloom_rows", "Rows, by what became of them.", labels=("dag_id", "outcome"))
    succeeded = []
    for dag_id, ended, total_seconds, succeeded_at, by_outcome in _rows(reader, RUNS):
        seconds.add_metric([dag_id], count_value=ended, sum_value=total_seconds)
        _add_rows(rows, dag_id, by_outcome)
        if succeeded_at is not None:
            succeeded.append((dag_id, succeeded_at.timestamp()))
    yield from (runs, seconds, rows)
    yield _gauge(
        *("gridloom_run_last_success_timestamp_seconds", "When a run last ended in success."), ("dag_id",), succeeded
    )


def _last_runs(reader: Connection) -> Iterator[Metric]:
    last = _rows(reader, LAST_RUNS)
    states = StateSetMetricFamily("gridloom_last_run_status", "How the last run ended.", labels=("dag_id",))
    for dag_id, _, status, _, _ in last:
        states.add_metric([dag_id], {name: name == status for name in ENDED})
    yield states
    yield _gauge(
        *("gridloom_last_run_duration_seconds", "How long the last run took."),
        ("dag_id",),
        [(dag_id, duration_s) for dag_id, _, _, duration_s, _ in last],
    )
    yield _gauge(
        *("gridloom_last_run_timestamp_seconds", "When the last run ended."),
        ("dag_id",),
        [(dag_id, finished_at.timestamp()) for dag_id, *_, finished_at in last],
    )


def _add_rows(rows: CounterMetricFamily, dag_id: str, by_outcome: Mapping[str, Any]) -> None:
    for outcome in OUTCOMES:
        rows.add_metric([dag_id, outcome], by_outcome[outcome] or 0)


def _gauge(name: str, documentation: str, labels: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Metric:
    gauge = GaugeMetricFamily(name, documentation, labels=labels)
    for *values, number in rows:
        gauge.add_metric([str(value) for value in values], float(number))
    return gauge


def _of_datasets(name: str, documentation: str, figures: Mapping[DeclaredDataset, float]) -> Metric:
    rows = [(dataset.dag_id or "", dataset.name, figure) for dataset, figure in figures.items()]
    return _gauge(name, documentation, OF_DATASET, rows)


def _rows(reader: Connection, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with reader.cursor() as cursor:
        cursor.execute(statement, {"ended": list(ENDED), **values})
        return list(cursor.fetchall())
