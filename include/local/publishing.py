"""What a long load has brought is judged and published while it goes on, by a process of its own.

Great Expectations takes as much memory as all else of a backfill, and readers need not wait for its end.
"""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from include.deployment import Deployment
from include.home import Home
from include.ingestion.ingest import Run
from include.local.holders import as_roles
from include.local.logs import last_line, service_log
from include.operations import versions
from include.programs import python
from include.sources import pipeline_of
from include.warehouse import Role

# Whichever comes first.
EVERY_ROWS, EVERY_S = 20_000_000, 600.0
LOG = "publish_raw"


@dataclass
class Publishing:
    """Publishes what some runs have brought, now and then, and in the end of a block once more."""

    deployment: Deployment
    home: Home
    runs: Mapping[str, Run]
    """By the id of the DAG."""
    failed: list[str] = field(default_factory=list)
    """Why something was not published, in a line each."""
    _rows: int = 0
    _begun_at: float = field(default_factory=time.monotonic)
    _at_work: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def __enter__(self) -> "Publishing":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Publish what has come, also where the load was stopped."""
        self._collect()
        self._begin()
        self._collect()

    def note(self, rows: int) -> None:
        """Take note of rows that have come, and publish where it is time to."""
        self._rows += rows
        if self._rows >= EVERY_ROWS or time.monotonic() - self._begun_at >= EVERY_S:
            self._collect()
            self._begin()

    def _begin(self) -> None:
        self._rows, self._begun_at = 0, time.monotonic()
        environment = as_roles(os.environ, self.deployment.settings, [Role.TRANSFORMER, Role.LOADER])
        environment["GRIDLOOM_HOME"] = str(self.home.path)
        for dag_id, run in self._with_something_new():
            with service_log(self.home, f"{LOG}_{dag_id}").open("wb") as log:
                self._at_work[dag_id] = subprocess.Popen(  # noqa: S603 - our own program
                    python("include.local.publish_raw", dag_id, str(run.run_id)),
                    env=environment,
                    cwd=self.home.path,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )

    def _with_something_new(self) -> list[tuple[str, Run]]:
        """Return the DAGs of whose datasets something is to be published, with their runs."""
        with self.deployment.session(Role.TRANSFORMER) as transformer:
            releases = {dag_id: pipeline_of(dag_id).raw_release().name for dag_id in self.runs}
            return [
                (dag_id, run)
                for dag_id, run in self.runs.items()
                if versions.has_pending(transformer, releases[dag_id])
            ]

    def _collect(self) -> None:
        """Wait for those that publish, and keep why any failed."""
        for dag_id, process in self._at_work.items():
            told, _ = process.communicate()
            if process.returncode != 0:
                log = service_log(self.home, f"{LOG}_{dag_id}")
                self.failed.append(f"{dag_id} could not be published: {last_line(log)}; see {log}")
            elif failed := json.loads(told.splitlines()[-1])["failed"]:
                self.failed.append(f"{dag_id}: {failed}")
        self._at_work.clear()
