"""What stops the line is read from each check's own severity."""

import pickle

import pytest

from include.quality.result import CheckFailedError, CheckResult, Severity, Stage, Verdict


def check(finding: str, *, severity: Severity = Severity.CRITICAL, success: bool = False) -> CheckResult:
    return CheckResult("suite", "check", "marts.some_table", "expect_something", severity, success, finding)


def test_a_failed_warning_warns_and_does_not_stop_the_line():
    verdict = Verdict(
        Stage.CHECK_MARTS, (check("total is off", severity=Severity.WARNING), check("all is well", success=True))
    )
    verdict.raise_for_failure()
    assert verdict.failed_critical == []
    assert verdict.failed_warnings == ["total is off (warning)"]


def test_a_failed_critical_check_stops_the_line_and_is_named_in_one_line():
    verdict = Verdict(Stage.CHECK_MARTS, (check("3 rows\n are off"), check("a little", severity=Severity.INFO)))
    with pytest.raises(CheckFailedError, match=r"^check_marts: 3 rows are off \(critical\)$"):
        verdict.raise_for_failure()
    assert verdict.failed_warnings == ["a little (info)"]


def test_many_failures_are_counted_rather_than_told():
    verdict = Verdict(Stage.CHECK_RAW, tuple(check(f"check {number}") for number in range(8)))
    with pytest.raises(CheckFailedError, match=r"check 4 \(critical\); and 3 more$"):
        verdict.raise_for_failure()


def test_the_error_can_be_handed_from_one_process_to_another():
    error = CheckFailedError(Stage.CHECK_RAW, ["a (critical)"])
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "check_raw: a (critical)"  # noqa: S301
