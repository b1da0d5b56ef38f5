"""Queries are made of macros and variables as Grafana documents them, so that what the tests run is what it sends."""

from datetime import UTC, datetime

import pytest

from tests.grafana import Expression, Range, expand, read_expression

DAY = Range(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC), "1h")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("$__timeFilter(at)", "at BETWEEN '2026-05-01T00:00:00Z' AND '2026-05-02T00:00:00Z'"),
        ("at >= $__timeFrom() and at < $__timeTo()", "at >= '2026-05-01T00:00:00Z' and at < '2026-05-02T00:00:00Z'"),
        ("$__timeGroup(at, '5m')", "floor(extract(epoch from at)/300)*300"),
        ("$__timeGroupAlias(run.at, $__interval)", 'floor(extract(epoch from run.at)/3600)*3600 AS "time"'),
        ("$__timeGroup(at, $__interval, NULL)", "floor(extract(epoch from at)/3600)*3600"),
        ("$__time(at), $__timeEpoch(at)", 'at AS "time", extract(epoch from at) as "time"'),
        ("$__unixEpochFilter(at_s)", "at_s >= 1777593600 AND at_s <= 1777680000"),
        ("$__interval_ms", "3600000"),
        ("in (${dag:sqlstring})", "in ('a','b''s')"),
        ("~ '${dag:regex}'", "~ '(a|b's)'"),
        ("= '$one' or '${one}'", "= 'x' or 'x'"),
    ],
)
def test_a_query_is_sent_as_grafana_documents_it(written, sent):
    assert expand(written, DAY, {"dag": ["a", "b's"], "one": ["x"]}) == sent


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("$__timeFiltered(at)", AssertionError),
        ("$fuel", KeyError),
        ("${dag}", AssertionError),
        ("${dag:csv}", AssertionError),
    ],
)
def test_what_grafana_would_not_understand_fails(written, fault):
    with pytest.raises(fault):
        expand(written, DAY, {"dag": ["a", "b"]})


def test_an_expression_names_metrics_and_labels():
    text = 'sum by (a) (increase(gridloom_x_total{b=~"${dag:regex}", c="by (d)"}[1h])) / on (e) gridloom_y'
    assert read_expression(text) == Expression(
        metrics=frozenset({"gridloom_x_total", "gridloom_y"}),
        matched=frozenset({("gridloom_x_total", "b"), ("gridloom_x_total", "c")}),
        grouped=frozenset({"a", "e"}),
        kept=frozenset({"a"}),
    )


def test_an_expression_that_is_not_closed_fails():
    with pytest.raises(AssertionError, match="unbalanced"):
        read_expression("sum(gridloom_x")
