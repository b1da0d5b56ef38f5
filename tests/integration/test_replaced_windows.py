"""Replaced windows: the last answer for a window takes the place of what was held of it, all at once."""

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg2
import pytest

from include.ingestion.errors import DamagedAnswerError, OverlappingWindowError, SourceUnavailableError
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.operations.runs import Counts
from tests.notifications import BY_DAY, DAY, FIRST, HUNDRED, SCOPE, WINDOWS, in_pages, row

HELD = "select count(*), count(distinct version_id), sum(level_from_mw) from raw.test_windows_held"
LEDGER = "select scope, outcome, version_id from ops.loads order by load_id"


def test_a_window_is_replaced_at_once_and_its_old_rows_are_dropped_later(loads, query, transformer):
    assert loads.load(WINDOWS, HUNDRED) == Counts(fetched=100, new=100)
    before = query(HELD)
    assert before == [(100, 1, 4950)]

    def watched() -> Iterator[bytes]:
        yield from in_pages([row(number, levelFrom=1) for number in range(60)])
        assert query(HELD) == before
        yield from in_pages([row(number, levelFrom=1) for number in range(60, 101)])

    assert loads.load(WINDOWS, watched) == Counts(fetched=101, new=1, revised=100)
    assert query(HELD) == [(101, 1, 101)]
    assert query(LEDGER) == [(str(SCOPE), "superseded", None), (str(SCOPE), "held", 2)]
    assert query("select count(*) from raw.test_windows") == [(201,)]
    assert query("select ops.drop_superseded('test_windows')") == [(100,)]
    assert query("select ops.drop_superseded('test_windows')") == [(0,)]
    assert query("select count(*) from raw.test_windows") == [(101,)]
    assert query(HELD) == [(101, 1, 101)]


def test_a_smaller_answer_replaces_nothing(loads, query):
    loads.load(WINDOWS, HUNDRED)
    with pytest.raises(DamagedAnswerError, match=r"99 rows came of test_windows, .* of which 100 are held"):
        loads.load(WINDOWS, HUNDRED[:99])
    with pytest.raises(DamagedAnswerError, match="0 rows came"):
        loads.load(WINDOWS, [])
    assert query(HELD) == [(100, 1, 4950)]
    assert query("select count(*) from raw.test_windows") == [(100,)]
    assert [outcome for _, outcome, _ in query(LEDGER)] == ["held", "failed", "failed"]


def test_windows_beside_each_other_do_not_touch(loads, query):
    """Over the end of a month, and each in the month it belongs to."""
    next_day = Window(FIRST + DAY, FIRST + 2 * DAY)
    loads.load(WINDOWS, HUNDRED)
    assert loads.load(WINDOWS, [row(480 + number) for number in range(10)], next_day) == Counts(fetched=10, new=10)
    assert loads.load(WINDOWS, HUNDRED) == Counts(fetched=100, revised=100)
    assert query(HELD) == [(110, 2, 4950 + sum(range(480, 490)))]
    assert query("select count(*) from raw.test_windows_2026_02") == [(10,)]
    assert query("select count(*) from raw.test_windows_2026_01") == [(200,)]
    query("select ops.drop_superseded('test_windows')")
    assert query(HELD) == [(110, 2, 4950 + sum(range(480, 490)))]


def test_a_window_grows_but_is_never_cut(loads, query):
    morning = Window(FIRST, FIRST + timedelta(hours=5))
    loads.load(WINDOWS, HUNDRED, morning)
    assert loads.load(WINDOWS, HUNDRED, SCOPE) == Counts(fetched=100, revised=100)
    for part in (morning, Window(FIRST + timedelta(hours=12), FIRST + 2 * DAY)):
        with pytest.raises(OverlappingWindowError, match="which is held and only replaced whole"):
            loads.load(WINDOWS, [], part)
    assert query(HELD) == [(100, 1, 4950)]


def test_what_is_held_counts_until_a_repeated_run_has_brought_its_own(loads, query):
    """A run that is cleared goes on with its row of the ledger."""
    run = loads.open_run()
    loads.load(WINDOWS, HUNDRED, run=run)

    def cut() -> Iterator[bytes]:
        assert query(HELD) == [(100, 1, 4950)]
        yield from in_pages(HUNDRED[:50])
        raise SourceUnavailableError("IncompleteRead")

    with pytest.raises(SourceUnavailableError):
        loads.load(WINDOWS, cut, run=run)
    assert query(HELD) == [(100, 1, 4950)]
    loads.load(WINDOWS, HUNDRED, run=run)
    assert query(LEDGER) == [(str(SCOPE), "held", 2)]
    query("select ops.drop_superseded('test_windows')")
    assert query("select count(*), max(version_id) from raw.test_windows") == [(100, 2)]


def test_settlement_days_are_windows_too_in_summer(loads, query):
    """A settlement day of summer time begins on the day before, in UTC."""
    days = SettlementDays(date(2026, 7, 1), date(2026, 7, 1))
    rows = [
        row(number, settlementDate="2026-07-01", timeFrom="2026-06-30T23:00:00Z", nationalGridBmUnit=f"U{number}")
        for number in range(10)
    ]
    assert loads.load(BY_DAY, rows, days) == Counts(fetched=10, new=10)
    assert loads.load(BY_DAY, rows, days) == Counts(fetched=10, revised=10)
    assert query("select ops.drop_superseded('test_days')") == [(10,)]
    assert query("select count(*) from raw.test_days_2026_07") == [(10,)]


def test_no_login_makes_or_empties_any_other_table(loads, loader, transformer, analyst):
    """What creates and deletes in raw are functions of the owner, for tables that are kept by windows."""
    refusals = [
        (loader, "select ops.ensure_partition('neso_generation_mix', '2026-01-01')", "is no dataset that is kept by"),
        (loader, "select ops.ensure_partition('pg_class', '2026-01-01')", "is no dataset that is kept by windows"),
        (loader, "select ops.ensure_partition('test_windows', '2026-01-02')", "is not the first day of a month"),
        (transformer, "select ops.drop_superseded('test_notifications')", "is no dataset that is kept by windows"),
        (transformer, "select ops.ensure_partition('test_windows', '2026-01-01')", "permission denied"),
        (loader, "select ops.drop_superseded('test_windows')", "permission denied"),
        (analyst, "select ops.drop_superseded('test_windows')", "permission denied"),
        (loader, "delete from raw.test_windows", "permission denied"),
        (transformer, "delete from raw.test_windows", "permission denied"),
    ]
    for login, statement, reason in refusals:
        with pytest.raises(psycopg2.Error, match=reason), login, login.cursor() as cursor:
            cursor.execute(statement)


def test_what_still_counts_is_not_dropped_whoever_says_so(loads, loader, query):
    loads.load(WINDOWS, HUNDRED)
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "insert into ops.superseded_windows select dataset, version_id, covers, version_id + 1 from ops.loads"
        )
    assert query("select ops.drop_superseded('test_windows')") == [(0,)]
    assert query(HELD) == [(100, 1, 4950)]
