"""dbt, in this process: one `dbt build` per DAG, and what came of each of its models and tests.

dbt reads its connection from the environment (`dbt_project/profiles.yml`). It is imported when it is first needed,
since that takes two seconds.
"""

import logging
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.settings import REPOSITORY

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunner

log = logging.getLogger(__name__)

PROJECT = REPOSITORY / "dbt_project"
LEFT_OUT = ("--exclude", "resource_type:unit_test")
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})


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


@dataclass(frozen=True)
class PublishedModel:
    """How a model is published: by its pending keys, or whole where it has none or was built from scratch."""

    name: str
    checksum: str
    pending_key: str | None
    is_incremental: bool = False
    is_rebuilt: bool = False


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

    def build(self, selector: str) -> Invocation:
        """Build and test what the selector names, but for unit tests and seeds; the caller looks at the results.

        Raises DbtFailedError where dbt could not run at all.
        """
        # Nobody reads the JSON of a build, and writing it takes half a second.
        return self._invoke("--no-write-json", "build", "--select", selector, *LEFT_OUT)

    def rebuild(self, models: Sequence[str]) -> Invocation:
        """Build models and all that stands on them from scratch; as `build` otherwise."""
        return self._invoke("build", "--full-refresh", "--select", *(f"{name}+" for name in models), *LEFT_OUT)

    def warm_up(self) -> None:
        """Read the project and do nothing with it. Builds of this process, and of its forks, take a second less then:
        what dbt makes of itself when it is first used is made. A project that cannot be read fails its build.
        """
        try:
            self._invoke("--no-write-json", "parse")
        except (DbtFailedError, OSError) as error:
            log.warning("dbt could not be warmed up: %s", error)

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
            outcome = _runner().invoke([*command, *self._flags()])
        if outcome.exception is not None:
            raise DbtFailedError(f"dbt {' '.join(command)}: {_one_line(str(outcome.exception))}") from outcome.exception
        invocation = Invocation(tuple(_results(outcome.result)), tuple(_models(outcome.result)))
        _log_results(invocation.results)
        return invocation

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
        }


def _runner() -> "dbtRunner":
    from dbt import mp_context  # noqa: PLC0415 - two seconds that only a build should cost
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    # dbt takes nothing but locks of it. Those of its own choice want a process beside this one, and leave files behind.
    mp_context._MP_CONTEXT = multiprocessing.get_context("fork")
    return dbtRunner()


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
        meta = each.node.config.meta if each.node.resource_type == "model" else {}
        if meta.get("publish"):
            is_incremental = each.node.config.materialized == "incremental"
            yield PublishedModel(each.node.name, each.node.checksum.checksum, meta.get("pending_key"), is_incremental)


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
