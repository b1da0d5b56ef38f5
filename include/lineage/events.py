"""A run and its models as OpenLineage events: https://openlineage.io/docs/spec/object-model"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
)

from include.lineage.history import BuiltModel, RecordedRun
from include.lineage.models import Model, Table
from include.operations.runs import Status

NAMESPACE = "gridloom"
PRODUCER = "urn:gridloom"
_IDS = uuid.UUID("8f3a8a4e-3a51-4d0e-9f0c-0c1d7f2b6a55")
OUTCOMES = {Status.FAILED: RunState.FAIL, Status.LOST: RunState.ABORT}


@dataclass(frozen=True)
class Names:
    """How tables and publishers are called outside of here."""

    address: str
    """Host and port of PostgreSQL."""
    database: str
    publishers: Mapping[str, str]
    """Address of each publisher's API, by its name."""

    def of(self, table: Table) -> dict[str, str]:
        """Return a table's namespace and name."""
        return {"namespace": f"postgres://{self.address}", "name": f"{self.database}.{table.schema}.{table.name}"}

    def input(self, table: Table) -> InputDataset:
        """Return a table that is read."""
        return InputDataset(**self.of(table))

    def asked(self, run: RecordedRun) -> list[InputDataset]:
        """Return what a run asks of publishers."""
        return [InputDataset(self.publishers[each.publisher], each.name) for each in run.datasets]

    def output(self, table: Table, rows: int | None = None) -> OutputDataset:
        """Return a table that is written, and how many rows were, where that is known."""
        facet = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)
        return OutputDataset(**self.of(table), outputFacets={} if rows is None else {"outputStatistics": facet})


def start_of(run: RecordedRun, names: Names) -> RunEvent:
    """Return the event of a run that begins."""
    return RunEvent(
        eventType=RunState.START,
        eventTime=run.started_at.isoformat(),
        run=Run(_id_of(run), _run_facets(run)),
        job=_job(run.dag_id, "DAG", "AIRFLOW"),
        inputs=names.asked(run),
        producer=PRODUCER,
    )


def end_of(run: RecordedRun, models: Mapping[str, Model], names: Names) -> Iterator[RunEvent]:
    """Yield the events of a run that has ended: of each model it built, and of itself."""
    for built in run.models:
        if built.name in models:
            yield from _of_model(run, built, models[built.name], names)
    loaded = (each for each in run.datasets if each.is_loaded)
    written = [names.output(Table("raw", each.name), each.versions_written) for each in loaded]
    published = [names.output(Table("analytics", each.name), each.rows) for each in run.published]
    yield RunEvent(
        eventType=OUTCOMES.get(run.status, RunState.COMPLETE),
        eventTime=(run.finished_at or run.started_at).isoformat(),
        run=Run(_id_of(run), _run_facets(run)),
        job=_job(run.dag_id, "DAG", "AIRFLOW"),
        inputs=names.asked(run),
        outputs=[*written, *published],
        producer=PRODUCER,
    )


def _of_model(run: RecordedRun, built: BuiltModel, model: Model, names: Names) -> Iterator[RunEvent]:
    parent = parent_run.ParentRunFacet(parent_run.Run(_id_of(run)), parent_run.Job(NAMESPACE, run.dag_id))
    begun_at, ended_as = built.finished_at - built.duration, RunState.COMPLETE if built.is_built else RunState.FAIL
    for state, at in ((RunState.START, begun_at), (ended_as, built.finished_at)):
        yield RunEvent(
            eventType=state,
            eventTime=at.isoformat(),
            run=Run(_id_of(run, built.name), {"parent": parent}),
            job=_job(f"{run.dag_id}.{built.name}", "MODEL", "DBT"),
            inputs=[names.input(table) for table in model.inputs],
            outputs=[names.output(model.table, built.rows if state is RunState.COMPLETE else None)],
            producer=PRODUCER,
        )


def _run_facets(run: RecordedRun) -> dict[str, nominal_time_run.RunFacet]:
    facets: dict[str, nominal_time_run.RunFacet] = {}
    if run.span is not None:
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(*(instant.isoformat() for instant in run.span))
    if run.status is Status.FAILED and run.error_message:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(run.error_message, "PYTHON")
    return facets


def _job(name: str, kind: str, integration: str) -> Job:
    return Job(NAMESPACE, name, {"jobType": job_type_job.JobTypeJobFacet("BATCH", integration, kind)})


def _id_of(run: RecordedRun, model: str = "") -> str:
    """Return the same id for the same run whenever it is asked; a run that is repeated is another."""
    return str(uuid.uuid5(_IDS, "\0".join((run.dag_id, run.airflow_run_id, run.started_at.isoformat(), model))))
