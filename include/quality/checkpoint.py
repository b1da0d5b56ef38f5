"""One Great Expectations checkpoint over several subjects.

Each subject's query runs once, into a temporary table, which all of its expectations read. What failed is looked at
again, to name some of the rows; so the usual run, in which all is well, does no more than it must.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from include.quality.expectations import GreatExpectationsError, gx
from include.quality.result import CheckResult, Severity
from include.quality.subject import Subject

log = logging.getLogger(__name__)

EXAMPLES = 3
MESSAGE_LIMIT = 300
BASIC = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}


class JudgementError(Exception):
    """The checks could not be made: the warehouse does not answer, or a query of ours is wrong."""


def judge(subjects: Sequence[Subject], *, url: str) -> list[CheckResult]:
    """Judge all subjects in one checkpoint; return a result for each expectation.

    An expectation that raises is a failed critical result that names the exception. Raises JudgementError where
    the rows cannot be read at all.
    """
    if not subjects:
        return []
    with one_line_errors():
        results = _run(subjects, url=url, result_format=BASIC)
        return [_explained(result, subjects, url) if _is_unexplained(result) else result for result in results]


def run_checkpoint(context: Any, subjects: Sequence[Subject], *, url: str, **options: Any) -> Any:
    """Run a checkpoint over the subjects in a context of Great Expectations; return its result."""
    source = context.data_sources.add_postgres("warehouse", connection_string=_with_driver(url), create_temp_table=True)
    try:
        validations = [_validation(context, source, subject) for subject in subjects]
        checkpoint = gx.Checkpoint(name="checkpoint", validation_definitions=validations, **options)
        return context.checkpoints.add(checkpoint).run()
    finally:
        # The temporary tables live as long as their connection does.
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()


def new_context() -> Any:
    """Return a context that lives as long as it is held, without progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def _validation(context: Any, source: Any, subject: Subject) -> Any:
    # A query may begin with a WITH, which Great Expectations takes only inside of a SELECT.
    asset = source.add_query_asset(subject.suite, query=f"select * from ({subject.query}) as rows_judged")  # noqa: S608
    suite = gx.ExpectationSuite(name=subject.suite, expectations=[copy(each) for each in subject.expectations])
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=subject.suite,
            data=asset.add_batch_definition_whole_table("rows_judged"),
            suite=context.suites.add(suite),
        )
    )


def _run(subjects: Sequence[Subject], *, url: str, result_format: Mapping[str, Any]) -> list[CheckResult]:
    by_suite = {subject.suite: subject for subject in subjects}
    found = run_checkpoint(new_context(), subjects, url=url, result_format=dict(result_format))
    return [
        _result(by_suite[validation.suite_name], each)
        for validation in found.run_results.values()
        for each in validation.results
    ]


def _result(subject: Subject, found: Any) -> CheckResult:
    config, answer = found.expectation_config, found.to_json_dict()
    exception = _exception(answer["exception_info"])
    limits = {name: value for name, value in answer["expectation_config"]["kwargs"].items() if name != "batch_id"}
    return CheckResult(
        suite=subject.suite,
        subject=subject.table,
        expectation=config.type,
        column_name=limits.pop("column", None),
        severity=Severity.CRITICAL if exception else Severity(config.severity.value),
        success=bool(found.success) and not exception,
        finding=_finding(subject, config.description or config.type, answer["result"], exception),
        observed_value=answer["result"].get("observed_value", answer["result"].get("unexpected_count")),
        details=_details(config, limits, answer["result"], exception),
    )


def _details(config: Any, limits: Mapping[str, Any], found: Mapping[str, Any], exception: str | None) -> dict[str, Any]:
    details = {
        "description": config.description,
        "limits": dict(limits),
        "notes": config.notes,
        "rows_judged": found.get("element_count"),
        "examples": found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list"),
        "exception": exception,
    }
    return {name: value for name, value in details.items() if value not in (None, [], {})}


def _finding(subject: Subject, description: str, found: Mapping[str, Any], exception: str | None) -> str:
    what = f"{subject.table}: {description}"
    if exception:
        return f"{what}: could not be judged: {exception}"
    if "unexpected_count" not in found:
        return f"{what}: {found.get('observed_value')}"
    counted = f"{found['unexpected_count']:,} of {found['element_count']:,} rows"
    rows = found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list")
    return f"{what}: {counted} otherwise" + (f", e.g. {_example(rows[0])}" if rows else "")


def _example(row: Any) -> str:
    """Say a row in words: `2026-01-01 00:30 UTC, solar_mw 812`."""
    if not isinstance(row, Mapping):
        return str(row)
    *key, (column, value) = ((name, _spelt(cell)) for name, cell in row.items())
    # An instant or a date needs no name; a number does.
    named = [cell if cell[:1].isdigit() and "-" in cell else f"{name} {cell}" for name, cell in key]
    return ", ".join([*named, f"{column} {value}"])


def _spelt(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return str(cell).replace("T", " ").replace(":00+00:00", " UTC") if "+00:00" in str(cell) else str(cell)


def _exception(info: Mapping[str, Any]) -> str | None:
    """Return the first exception in one line; Great Expectations keeps one, or one per metric."""
    infos = [info] if "raised_exception" in info else list(info.values())
    raised = [each["exception_message"] for each in infos if each["raised_exception"]]
    return _one_line(raised[0]) if raised else None


def _is_unexplained(result: CheckResult) -> bool:
    return not result.success and "exception" not in result.details and bool(result.observed_value)


def _explained(result: CheckResult, subjects: Sequence[Subject], url: str) -> CheckResult:
    """Judge a failed expectation once more, now naming rows; what it found the first time stands."""
    (subject,) = (subject for subject in subjects if subject.suite == result.suite)
    same = [each for each in subject.expectations if _is_of(each, result)]
    named = {"result_format": "SUMMARY", "unexpected_index_column_names": list(subject.key)}
    again = _run([replace(subject, expectations=tuple(same))], url=url, result_format={**BASIC, **named})
    for each in again:
        if not each.success and "exception" not in each.details:
            return replace(result, finding=each.finding, details=each.details)
    return result


def _is_of(expectation: Any, result: CheckResult) -> bool:
    return (expectation.expectation_type, getattr(expectation, "column", None), expectation.description) == (
        result.expectation,
        result.column_name,
        result.details.get("description"),
    )


def _with_driver(url: str) -> str:
    # SQLAlchemy takes another driver by default.
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what Great Expectations and SQLAlchemy raise, which no other process can unpickle, into one line."""
    try:
        yield
    except (GreatExpectationsError, SQLAlchemyError, ConnectionError) as error:
        raise JudgementError(_one_line(error)) from error


def _one_line(error: object) -> str:
    return " ".join(str(error).split("[SQL:")[0].split())[:MESSAGE_LIMIT]
