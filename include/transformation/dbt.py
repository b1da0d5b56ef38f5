"""dbt, in this process: one `dbt build` per slice of a release, and what came of each of its models and tests.

A release is the tag of its models. Views are built when they changed, tables whenever something is pending.

dbt reads its connection from the environment (`dbt_project/profiles.yml`). It is imported when it is first needed,
since that takes two seconds. What it has read of its project is kept in memory, for this process and its forks.
"""

import hashlib
import logging
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.settings import REPOSITORY
from include.warehouse import REQUIRE_AUTH

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

log = logging.getLogger(__name__)

PROJECT = REPOSITORY / "dbt_project"
# Views are left out by naming what is not one: to exclude them would exclude every test that reads one, too.
TABLES = ("incremental", "table")
LEFT_OUT = ("--exclude", "resource_type:unit_test")
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
# Of what dbt reads its project. Its other folders hold what it writes.
FOLDERS = ("models", "macros", "seeds", "tests")
# What dbt has read last, by connection, with the state of the project: to read it again takes a fifth of a second or
# two. Only the last, since it is megabytes.
_READ: dict[tuple[str, ...], tuple[str, "Manifest"]] = {}


@dataclass(frozen=True)
class Result:
    """What came of one model, test or seed: `status` is dbt's word, `duration_s` its run time."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    duration_s: float
    rows_affected: int | None
    message: str | None

    @property
    def failed(self) -> bool:
        """Whether it stops the line. What was skipped because of a failure does not fail by itself."""
        return self.status in FAILED


class Publishing(StrEnum):
    """How a model is published: `publish` of its `meta`."""

    PENDING = "pending"
    """The keys of a view are replaced: those of its column `pending_key` in the view `pending` of schema `staging`."""
    APPENDED = "appended"
    """Rows are added as versions come: those whose `version_id` lies in what is pending of `dataset`."""
    WHOLE = "whole"
    """All rows are compared; where several models make one `table`, each has its own `part` of it."""


@dataclass(frozen=True)
class PublishedModel:
    """How a model is published, as its `meta` says. It can be handed on as JSON."""

    name: str
    checksum: str
    publishing: str
    table: str
    """Table of schema `analytics`."""
    pending: str | None = None
    pending_key: str | None = None
    dataset: str | None = None
    part: Mapping[str, str] = field(default_factory=dict)
    """Columns and values by which its rows are told from those of other models of the table."""
    is_incremental: bool = False
    keeps_rows: bool = False
    """Whether it holds what cannot be built again, as raw has not all of it any more: `full_refresh` is false."""
    is_rebuilt: bool = False

    @classmethod
    def of(cls, node: Any) -> "PublishedModel | None":
        """Read a node of dbt's; None where it is not published. Raises DbtFailedError for a `meta` that is unclear."""
        meta = node.config.meta if node.resource_type == "model" else {}
        if not meta.get("publish"):
            return None
        needed = {Publishing.PENDING: ("pending", "pending_key"), Publishing.APPENDED: ("dataset",)}
        lacking = [name for name in needed.get(meta["publish"], ()) if name not in meta]
        if lacking or meta["publish"] not in list(Publishing):
            raise DbtFailedError(f"dbt model {node.name}: its meta cannot be published: {meta}")
        words = {name: meta[name] for name in ("pending", "pending_key", "dataset", "part") if name in meta}
        return cls(
            name=node.name,
            checksum=node.checksum.checksum,
            publishing=meta["publish"],
            table=meta.get("table", node.name),
            is_incremental=node.config.materialized == "incremental",
            keeps_rows=node.config.full_refresh is False,
            **words,
        )


@dataclass(frozen=True)
class Invocation:
    """What one dbt command did."""

    results: tuple[Result, ...]
    models: tuple[PublishedModel, ...]

    def raise_for_failure(self) -> None:
        """Raise DbtFailedError, naming the first model or test that failed, if one did."""
        failed = [result for result in self.results if result.failed]
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            first = failed[0]
            raise DbtFailedError(f"dbt {first.resource_type} {first.name}: {_one_line(first.message or '')}{more}")


class DbtFailedError(Exception):
    """dbt could not run, or a model or test of it failed. The message names the first, in one line."""


@dataclass(frozen=True)
class Dbt:
    """The dbt project of this repository, run as one login. `state` keeps dbt's artefacts between runs."""

    connection: Mapping[str, str]
    state: Path

    def build(self, release: str) -> Invocation:
        """Build and test the tables of a release, but for unit tests; the caller looks at the results.

        Raises DbtFailedError where dbt could not run at all.
        """
        tables = (f"tag:{release},config.materialized:{kind}" for kind in TABLES)
        # Nobody reads the JSON of a build, and writing it takes half a second.
        return self._invoke("--no-write-json", "build", "--select", *tables, *LEFT_OUT)

    def build_views(self, releases: Iterable[str]) -> Invocation:
        """Build the views of releases; as `build` otherwise."""
        views = (f"tag:{release},config.materialized:view" for release in releases)
        return self._invoke("--no-write-json", "run", "--select", *views)

    def rebuild(self, models: Iterable[str], release: str) -> Invocation:
        """Build models from scratch, and all of the release that stands on them; as `build` otherwise."""
        standing = (f"{name}+,tag:{release}" for name in models)
        return self._invoke("--no-write-json", "build", "--full-refresh", "--select", *standing, *LEFT_OUT)

    def warm_up(self) -> None:
        """Read the project and keep its manifest, which tells lineage what each model reads.

        Builds of this process, and of its forks, take a second less then: what dbt makes of itself when it is first
        used is made. A project that cannot be read fails its build.
        """
        try:
            failure = self._read_project().exception
        except OSError as error:
            failure = error
        if failure is not None:
            log.warning("dbt could not be warmed up: %s", _one_line(str(failure)))

    def seed(self) -> None:
        """Load the seeds into schema `reference`. Raises DbtFailedError."""
        self._invoke("seed").raise_for_failure()

    def unit_test(self) -> Invocation:
        """Run the unit tests of the models; the caller looks at the results. Raises DbtFailedError as `build`."""
        return self._invoke("test", "--select", "test_type:unit")

    def docs(self) -> Path:
        """Build the documentation site, one file; return it. Raises DbtFailedError."""
        self._invoke("docs", "generate", "--static")
        return self.state / "target" / "static_index.html"

    def _invoke(self, *command: str) -> Invocation:
        with _environment(self.variables()):
            outcome = _runner(self._project()).invoke([*command, *self._flags()])
        if outcome.exception is not None:
            raise DbtFailedError(f"dbt {' '.join(command)}: {_one_line(str(outcome.exception))}") from outcome.exception
        invocation = Invocation(tuple(_results(outcome.result)), tuple(_models(outcome.result)))
        _log_results(invocation.results)
        return invocation

    def _project(self) -> "Manifest | None":
        """Return the project as dbt reads it now; None where it cannot be read, which the command then tells."""
        state, read = _READ.get(self._target, ("", None))
        if state != checksum(*FOLDERS):
            read = self._read_project().result
        # A copy for each command, since dbt writes into it. Of its own making: pickle mixes up what dbt looks up in it.
        return read and read.deepcopy()

    def _read_project(self) -> "dbtRunnerResult":
        """Have dbt read the project, and keep what it has read; return what came of it."""
        _READ.clear()
        state = checksum(*FOLDERS)
        with _environment(self.variables()):
            outcome = _runner().invoke(["parse", *self._flags()])
        if outcome.exception is None:
            _READ[self._target] = (state, outcome.result)
        return outcome

    @property
    def _target(self) -> tuple[str, ...]:
        """What dbt's reading of the project depends on beside the project, and where it writes what it has read."""
        return (str(self.state), *(str(self.connection[name]) for name in ("host", "port", "dbname", "user")))

    def _flags(self) -> list[str]:
        self.state.mkdir(parents=True, exist_ok=True)
        return [
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(self.state / "target"), "--log-path", str(self.state / "logs")),
            *("--log-level", "warn", "--log-level-file", "info", "--no-use-colors", "--quiet"),
        ]

    def variables(self) -> dict[str, str]:
        """Return the environment variables by which the project finds its warehouse; one of them is a secret."""
        return {
            "GRIDLOOM_DBT_HOST": self.connection["host"],
            "GRIDLOOM_DBT_PORT": str(self.connection["port"]),
            "GRIDLOOM_DBT_DATABASE": self.connection["dbname"],
            "GRIDLOOM_DBT_USER": self.connection["user"],
            "DBT_ENV_SECRET_GRIDLOOM_PASSWORD": self.connection["password"],
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            # A profile has no place for it.
            **({"PGREQUIREAUTH": self.connection[REQUIRE_AUTH]} if REQUIRE_AUTH in self.connection else {}),
        }


def checksum(*folders: str, project: Path = PROJECT) -> str:
    """Return what changes with the files of some of the project's folders, and with its settings."""
    files = sorted(path for folder in folders for path in (project / folder).rglob("*") if path.is_file())
    content = hashlib.sha256((project / "dbt_project.yml").read_bytes())
    for file in files:
        content.update(str(file.relative_to(project)).encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()


def _runner(project: "Manifest | None" = None) -> "dbtRunner":
    from dbt import mp_context  # noqa: PLC0415 - two seconds that only a build should cost
    from dbt.cli.main import dbtRunner  # noqa: PLC0415
    from dbt_common.behavior_flags import BehaviorFlagRendered  # noqa: PLC0415

    # To name in a warning who declared a flag, dbt searches the whole call stack and all modules for each of its flags:
    # a second of each build, and the more the more is imported.
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")  # type: ignore[method-assign]
    # dbt takes nothing but locks of it. Those of its own choice want a process beside this one, and leave files behind.
    mp_context._MP_CONTEXT = multiprocessing.get_context("fork")
    return dbtRunner(manifest=project)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _results(outcome: Any) -> Iterator[Result]:
    for each in getattr(outcome, "results", []):
        yield _result(each)


def _result(each: "RunResult") -> Result:
    response = each.adapter_response or {}
    return Result(
        unique_id=each.node.unique_id,
        resource_type=str(each.node.resource_type),
        name=each.node.name,
        status=str(each.status),
        duration_s=each.execution_time,
        rows_affected=response.get("rows_affected"),
        message=each.message,
    )


def _models(outcome: Any) -> Iterator[PublishedModel]:
    for each in getattr(outcome, "results", []):
        model = PublishedModel.of(each.node)
        if model is not None:
            yield model


def _log_results(results: Sequence[Result]) -> None:
    for result in results:
        log.log(
            logging.ERROR if result.failed else logging.INFO,
            "%s %s: %s in %.2f s%s",
            result.resource_type,
            result.name,
            result.status,
            result.duration_s,
            f" ({_one_line(result.message)})" if result.failed and result.message else "",
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
