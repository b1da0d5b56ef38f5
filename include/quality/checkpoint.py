"""One Great Expectations checkpoint over several subjects.

Each subject's query runs once, into a temporary table, which all of its checks read. What failed is looked at
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
from include.quality.subject import Check, Subject

EXAMPLES = 3
# Of one kind, of those that a run meets for the first time. As a rule there is one; a history brings hundreds.
INCIDENTS_TOLD = 20
# What was just built has no statistics yet, and a nested loop over rows that are taken for few takes for ever.
SESSION_OPTIONS = "-c timezone=UTC -c enable_nestloop=off"
# Suite and check.
_Name: TypeAlias = tuple[str, str]
BASIC = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
# What may be told of rows that are personal: how many, and never what stands in them.
COUNTS = frozenset({"unexpected_count", "element_count"})


def judge(subjects: Sequence[Subject], *, url: str, is_personal: bool = False) -> list[CheckResult]:
    """Judge all subjects in one checkpoint; return a result for each check.

    A check that raises is a failed critical result that names the exception. Of rows that are personal only counts are
    told. Raises JudgementError where the rows cannot be read at all.
    """
    if not subjects:
        return []
    with one_line_errors(is_personal=is_personal):
        if is_personal:
            return [_without_rows(subject, each) for subject, each in _found(subjects, url=url, result_format=BASIC)]
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
    suite = gx.ExpectationSuite(name=subject.suite, expectations=[_named(check) for check in subject.checks])
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=subject.suite,
            data=asset.add_batch_definition_whole_table("rows_judged"),
            suite=context.suites.add(suite),
        )
    )


def _named(check: Check) -> Any:
    """Return an expectation that bears the check's name, for one run only: a suite takes it for its own."""
    named = copy(check.expectation)
    named.meta = {"name": check.name}
    return named


def _found(subjects: Sequence[Subject], *, url: str, result_format: Mapping[str, Any]) -> Iterator[tuple[Subject, Any]]:
    by_suite = {subject.suite: subject for subject in subjects}
    found = run_checkpoint(new_context(), subjects, url=url, result_format=dict(result_format))
    for validation in found.run_results.values():
        for each in validation.results:
            yield by_suite[validation.suite_name], each


def _run(subjects: Sequence[Subject], *, url: str, result_format: Mapping[str, Any]) -> list[CheckResult]:
    return [_result(subject, each) for subject, each in _found(subjects, url=url, result_format=result_format)]


def _result(subject: Subject, found: Any) -> CheckResult:
    answer = found.to_json_dict()
    exception = first_exception(answer["exception_info"])
    return _told(subject, found, answer["result"], exception)


def _without_rows(subject: Subject, found: Any) -> CheckResult:
    """Return a result without a value of any row: neither examples, nor what was measured, nor what was raised."""
    answer = found.to_json_dict()
    counts = {name: value for name, value in answer["result"].items() if name in COUNTS}
    raised = first_exception(answer["exception_info"])
    return _told(subject, found, counts, raised and "what was raised may name a person")


def _told(subject: Subject, found: Any, result: Mapping[str, Any], exception: str | None) -> CheckResult:
    config = found.expectation_config
    limits = {name: value for name, value in config.to_json_dict()["kwargs"].items() if name != "batch_id"}
    column = limits.pop("column", None)
    details = _details(config, limits, result, exception)
    if subject.has_incidents and "examples" in details:
        details["incidents"] = [_incident(subject, each) for each in details["examples"]]
        details["examples"] = details["examples"][:EXAMPLES]
    return CheckResult(
        suite=subject.suite,
        name=config.meta["name"],
        subject=subject.table,
        expectation=config.type,
        column_name=column,
        severity=Severity.CRITICAL if exception else Severity(config.severity.value),
        success=bool(found.success) and not exception,
        finding=in_words(subject.table, config.description or config.type, result, exception),
        observed_value=_observed(result),
        details=details,
    )


def _incident(subject: Subject, example: Any) -> str:
    """Return the name of an incident, where rows were named by their key; else what is known of it."""
    return str(example[subject.key[0]] if isinstance(example, Mapping) else example)


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
    """Judge what rows failed once more, now naming rows by their key."""
    failed = {_name(result) for result in results if not result.success and "exception" not in result.details}
    named: dict[_Name, CheckResult] = {}
    for subject in subjects:
        again = tuple(check for check in subject.checks if (subject.suite, check.name) in failed)
        if again:
            by_key = {
                "result_format": "SUMMARY",
                "partial_unexpected_count": INCIDENTS_TOLD if subject.has_incidents else EXAMPLES,
                "unexpected_index_column_names": list(subject.key),
            }
            found = _run([replace(subject, checks=again)], url=url, result_format=by_key)
            named |= {_name(each): each for each in found if not each.success and "exception" not in each.details}
    return named


def _name(result: CheckResult) -> _Name:
    return result.suite, result.name


def _with_driver(url: str) -> str:
    # SQLAlchemy takes another driver by default.
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


@contextmanager
def one_line_errors(*, is_personal: bool = False) -> Iterator[None]:
    """Turn what Great Expectations and SQLAlchemy raise, which no other process can unpickle, into one line.

    Where rows are personal it is the name of the error, since its message may quote one.
    """
    try:
        yield
    except (GreatExpectationsError, SQLAlchemyError, ConnectionError) as error:
        if is_personal:
            raise JudgementError(f"{type(error).__name__}, of rows that are personal") from None
        raise JudgementError(one_line(error)) from error
