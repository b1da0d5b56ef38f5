"""What Great Expectations returns becomes one line that somebody at night can act on."""

from include.quality.finding import first_exception, in_words, one_line


def test_a_finding_counts_the_rows_and_names_one_by_its_key():
    found = {
        "element_count": 4_213,
        "unexpected_count": 3,
        "partial_unexpected_index_list": [
            {"period_started_at": "2026-01-01T00:30:00+00:00", "fuel_code": "gas", "share_pct": 100.5}
        ],
    }
    assert in_words("marts.mix", "the share of a fuel is 0 to 100 %", found, None) == (
        "marts.mix: the share of a fuel is 0 to 100 %: 3 of 4,213 rows are not so, "
        "e.g. 2026-01-01 00:30 UTC, fuel_code gas, share_pct 100.5"
    )


def test_a_finding_without_keys_names_a_value():
    found = {"element_count": 2, "unexpected_count": 1, "partial_unexpected_list": [812.0]}
    assert in_words("marts.x", "no sun at night", found, None) == (
        "marts.x: no sun at night: 1 of 2 rows are not so, e.g. 812"
    )


def test_a_check_that_could_not_be_made_says_why():
    assert in_words("marts.x", "no sun at night", {}, "no such column") == (
        "marts.x: no sun at night: could not be judged: no such column"
    )


def test_of_several_exceptions_the_first_is_told():
    none = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    raised = {"raised_exception": True, "exception_message": "column\n is gone", "exception_traceback": "..."}
    assert first_exception(none) is None
    assert first_exception(raised) == "column is gone"
    assert first_exception({"metric a": none, "metric b": raised}) == "column is gone"


def test_an_error_is_told_without_its_statement():
    assert one_line("relation does not\nexist\n[SQL: CREATE TEMPORARY TABLE ...]") == "relation does not exist"
