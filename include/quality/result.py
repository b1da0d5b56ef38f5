"""What a check found, and what follows from it. Nothing here imports Great Expectations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# What a message names before it only counts.
CHECKS_NAMED = 5


class Severity(StrEnum):
    """What a failed check does: a critical one stops the line, a warning warns."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Stage(StrEnum):
    """When a check is made: before dbt, or after."""

    CHECK_RAW = "check_raw"
    CHECK_MARTS = "check_marts"


@dataclass(frozen=True)
class CheckResult:
    """One check of one table, and what was found. `finding` says it in words, without the severity."""

    suite: str
    name: str
    """Which check of its suite."""
    subject: str
    expectation: str
    severity: Severity
    success: bool
    finding: str
    column_name: str | None = None
    observed_value: Any = None
    """JSON: of rows, how many were unexpected; else what was measured."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON: the limits, their reason, how many rows were judged, examples, the exception."""

    @property
    def line(self) -> str:
        """The finding and its severity, in one line."""
        return f"{' '.join(self.finding.split())} ({self.severity})"


@dataclass(frozen=True)
class Verdict:
    """What a stage's checks come to. Each failed check is one line that names what was observed."""

    stage: Stage
    results: tuple[CheckResult, ...]

    @property
    def failed_critical(self) -> list[str]:
        """The failed checks that stop the line."""
        return [result.line for result in _failed(self.results) if result.severity is Severity.CRITICAL]

    @property
    def failed_warnings(self) -> list[str]:
        """The failed checks that do not."""
        return [result.line for result in _failed(self.results) if result.severity is not Severity.CRITICAL]

    def raise_for_failure(self) -> None:
        """Raise CheckFailedError where a critical check failed."""
        if self.failed_critical:
            raise CheckFailedError(self.stage, self.failed_critical)


class CheckFailedError(Exception):
    """Critical checks failed: what was judged is not fit to publish."""

    def __init__(self, stage: str, failed: Iterable[str]) -> None:
        super().__init__(stage, tuple(failed))

    def __str__(self) -> str:
        stage, failed = self.args
        named = "; ".join(failed[:CHECKS_NAMED])
        more = f"; and {len(failed) - CHECKS_NAMED} more" if len(failed) > CHECKS_NAMED else ""
        return f"{stage}: {named}{more}"


def _failed(results: Iterable[CheckResult]) -> list[CheckResult]:
    return [result for result in results if not result.success]


class JudgementError(Exception):
    """The checks could not be made: the warehouse does not answer, or a query of ours is wrong."""
