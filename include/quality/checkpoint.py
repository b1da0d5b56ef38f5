"""One Great Expectations checkpoint over several subjects.

Each subject's query runs once, into a temporary table, which all of its expectations read. What failed is looked at
again, to name some of the rows; so the usual run, in which all is well, does no more than it must.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from include.quality.expectations import GreatExpectationsError, gx
from include.quality.finding import first_exception, in_words, one_line
from include.quality.result import CheckResult, JudgementError, Severity
from include.quality.subject import Subject

EXAMPLES = 3
# What was just built has no statistics yet, and a nested loop over rows that are taken for few takes for ever.
SESSION_OPTIONS = "-c timezone=UTC -c enable_nestloop=off"
# Suite, expectation, column and description: what tells one expectation from another.
_Name: TypeAlias = tuple[str, str, str | None, str | None]
BASIC = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}


def judge(subjects: Sequence[Subject], *, url: str) -> list[CheckResult]:
    """Judge all subjects in one checkpoint; return a result for each expectation.

    An expectation that raises is a failed critical result that names the exception. Raises JudgementError where
    the rows cannot be read at all.
    """
    if not subjects:
        return []
    with one_line_errors():
        results = _run(subjects, url=url, result_format=BASIC)
        examples = _with_examples(results, subjects, url=url)
    return [
        # What was found the first time stands; the second look only names rows.
        replace(result, finding=named.finding, details=named.details)
        if (named := examples.get(_name(result))) and not result.success
        else result
        for result in results
    ]


def run_checkpoint(context: Any, subjects: Sequence[Subject], *, url: str, **options: Any) -> Any:
    """Run a checkpoint over the subjects in a context of Great Expectations; return its result."""
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=_with_driver(url),
        create_temp_table=True,
        kwargs={"connect_args": {"application_name": "gridloom checks", "options": SESSION_OPTIONS}},
    )
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
    exception = first_exception(answer["exception_info"])
    limits = {name: value for name, value in answer["expectation_config"]["kwargs"].items() if name != "batch_id"}
    return CheckResult(
        suite=subject.suite,
        subject=subject.table,
        expectation=config.type,
        column_name=limits.pop("column", None),
        severity=Severity.CRITICAL if exception else Severity(config.severity.value),
        success=bool(found.success) and not exception,
        finding=in_words(subject.table, config.description or config.type, answer["result"], exception),
        observed_value=_observed(answer["result"]),
        details=_details(config, limits, answer["result"], exception),
    )


def _observed(found: Mapping[str, Any]) -> Any:
    """Return what was measured, or how many rows were unexpected; None where it could not be judged."""
    return (found.get("unexpected_count") or 0) if "unexpected_count" in found else found.get("observed_value")


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


def _with_examples(
    results: Sequence[CheckResult], subjects: Sequence[Subject], *, url: str
) -> dict[_Name, CheckResult]:
    """Judge the expectations that rows failed once more, now naming rows by their key."""
    failed = {_name(result) for result in results if not result.success and "exception" not in result.details}
    named: dict[_Name, CheckResult] = {}
    for subject in subjects:
        again = tuple(each for each in subject.expectations if _name_of(subject, each) in failed)
        if again:
            by_key = {**BASIC, "result_format": "SUMMARY", "unexpected_index_column_names": list(subject.key)}
            found = _run([replace(subject, expectations=again)], url=url, result_format=by_key)
            named |= {_name(each): each for each in found if not each.success and "exception" not in each.details}
    return named


def _name(result: CheckResult) -> _Name:
    return result.suite, result.expectation, result.column_name, result.details.get("description")


def _name_of(subject: Subject, expectation: Any) -> _Name:
    column = getattr(expectation, "column", None)
    return subject.suite, expectation.expectation_type, column, expectation.description


def _with_driver(url: str) -> str:
    # SQLAlchemy takes another driver by default.
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what Great Expectations and SQLAlchemy raise, which no other process can unpickle, into one line."""
    try:
        yield
    except (GreatExpectationsError, SQLAlchemyError, ConnectionError) as error:
        raise JudgementError(one_line(error)) from error
