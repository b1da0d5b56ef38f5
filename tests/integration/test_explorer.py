"""The SQL box against a real PostgreSQL: what it gives, what it refuses, and that nothing gets past its limits."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from include.local.postgres import Cluster
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.limits import BYTE_LIMIT, ROW_LIMIT
from include.serving.explorer.query import Result, run_query
from include.warehouse import Role, Warehouse, connect
from tests.attacks import ENDLESS, FILLS_THE_DISK, REFUSED, TAKES_MEMORY, TOO_LARGE
from tests.spoils import SECRET, lay_out, sessions, state_of, wait_until_nobody_is_left

# Time enough for what is quick on a busy machine; what is slow is slow for minutes.
LIMIT_S = 3.0
TOLD_OF_MEMORY = "more memory than it may|larger than 20 MB|larger than PostgreSQL has them|too much aside on the disk"


@pytest.fixture(scope="module")
def target(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse with something to spoil, and something to find out."""
    with copy_of(template) as warehouse:
        lay_out(warehouse)
        transformer = connect(warehouse.dsn(Role.TRANSFORMER), application="tests")
        with transformer, transformer.cursor() as cursor:
            cursor.execute("create table analytics.pages (content text, numbers integer[])")
            cursor.execute("insert into analytics.pages values (repeat('x', 10000), array_fill(1, array[3000]))")
        transformer.close()
        yield warehouse


@pytest.fixture(scope="module")
def url(target: Warehouse) -> str:
    return target.dsn(Role.EXPLORER)


@pytest.fixture
def outside(target: Warehouse) -> Iterator[Any]:
    """A cursor that nothing in the box can touch."""
    owner = connect(target.owner_dsn, application="tests, outside")
    owner.autocommit = True
    yield owner.cursor()
    owner.close()


def test_the_attacks_are_many():
    attacks = {*REFUSED, *ENDLESS, *TOO_LARGE, *FILLS_THE_DISK, *TAKES_MEMORY}
    assert len(attacks) >= 60


@pytest.mark.parametrize("attack", REFUSED)
def test_an_attack_is_refused_at_once_and_leaves_no_trace(url, outside, attack):
    before = state_of(outside)
    begun = time.monotonic()
    with pytest.raises(RefusedError) as refused:
        run_query(url, attack, time_limit_s=LIMIT_S)
    assert time.monotonic() - begun < LIMIT_S
    assert "took longer" not in str(refused.value)
    assert SECRET not in str(refused.value)
    wait_until_nobody_is_left(outside)
    assert state_of(outside) == before


@pytest.mark.parametrize("attack", ENDLESS)
def test_what_does_not_end_is_ended_from_outside(url, outside, attack):
    begun = time.monotonic()
    with pytest.raises(RefusedError, match=r"took longer than 0\.5 s"):
        run_query(url, attack, time_limit_s=0.5)
    assert time.monotonic() - begun < LIMIT_S
    wait_until_nobody_is_left(outside)


def test_the_limit_holds_where_the_session_has_put_off_its_own(url, outside):
    """The session's own time limit is a backstop; what counts is kept by another session."""
    with pytest.raises(RefusedError, match="took longer"):
        run_query(url, ENDLESS[0], time_limit_s=0.5, backstop_s=0)
    wait_until_nobody_is_left(outside)


@pytest.mark.parametrize("attack", TOO_LARGE)
def test_a_result_that_is_too_large_is_refused_before_it_gets_here(url, attack):
    with pytest.raises(RefusedError, match="larger than 20 MB"):
        run_query(url, attack, time_limit_s=30)


@pytest.mark.parametrize("attack", FILLS_THE_DISK)
def test_what_would_fill_the_disk_is_ended_and_leaves_nothing_there(url, outside, cluster, attack):
    with pytest.raises(RefusedError, match="too much aside on the disk"):
        run_query(url, attack, time_limit_s=60)
    wait_until_nobody_is_left(outside)
    assert held_on_disk(cluster, outside) == 0


@pytest.mark.parametrize("attack", TAKES_MEMORY)
def test_what_asks_for_memory_is_refused_and_the_server_lives(url, outside, attack):
    outside.execute("select pg_postmaster_start_time()")
    before = outside.fetchall()
    with pytest.raises(RefusedError, match=TOLD_OF_MEMORY):
        run_query(url, attack, time_limit_s=60)
    wait_until_nobody_is_left(outside)
    outside.execute("select pg_postmaster_start_time()")
    assert outside.fetchall() == before


def held_on_disk(cluster: Cluster, outside: Any) -> int:
    """Bytes of temporary files of the whole server, but for those of sessions in other tests' databases."""
    outside.execute("select pid from pg_stat_activity where datname <> current_database()")
    others = tuple(f"pgsql_tmp{pid}." for (pid,) in outside.fetchall())
    files = (cluster.data / "base" / "pgsql_tmp").rglob("*")
    return sum(file.stat().st_size for file in files if not file.name.startswith(others))


def test_rows_beyond_the_limit_are_cut_off_and_the_reader_is_told(url):
    result = run_query(url, "select generate_series(1, 1000000000000) as n")
    assert (len(result.rows), result.is_cut) == (ROW_LIMIT, True)
    assert result.rows[:2] == ((1,), (2,))
    whole = run_query(url, f"select n from generate_series(1, {ROW_LIMIT}) as n")
    assert (len(whole.rows), whole.is_cut) == (ROW_LIMIT, False)


def test_just_below_the_limit_of_bytes_a_result_is_given(url):
    [(text,)] = run_query(url, f"select repeat('x', {BYTE_LIMIT - 1000})", time_limit_s=30).rows
    assert len(text) == BYTE_LIMIT - 1000


def test_a_query_keeps_its_order_its_columns_and_its_comments(url):
    result = run_query(
        url,
        """-- what people write
        select fuel_code, display_order, 1 as twice, 2 as twice, '--' as dashes, 'raw' as harmless
        from fuels order by display_order desc; -- the last word
        """,
    )
    assert result.columns == ("fuel_code", "display_order", "twice", "twice", "dashes", "harmless")
    assert [row[1] for row in result.rows] == list(range(12, 0, -1))
    assert result.types[:2] == ("text", "int4")


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("values (1), (2)", ((1,), (2,))),
        ("table analytics.notes", (("as it was",),)),
        ("with one as (select 1 as n) select n + 1 from one", ((2,),)),
        ("select 1 where false", ()),
        ("select null", ((None,),)),
        ("select random() < 2, clock_timestamp() is not null", ((True, True),)),
        ("(select 1 union all select 2) order by 1 desc", ((2,), (1,))),
        ("select current_user::text", (("gridloom_explorer",),)),
        ("select 1; -- and no more", ((1,),)),
        ("select '; -- in a text'", (("; -- in a text",),)),
        ("select 1 -- a; -- b", ((1,),)),
        ("select 2; /* one; */ -- and another;\n", ((2,),)),
        ("select 3; /* one /* in; */ another */ -- and a last", ((3,),)),
        ("select null::aclitem, 'no binary form'", ((None, "no binary form"),)),
    ],
)
def test_every_kind_of_query_runs(url, statement, rows):
    assert run_query(url, statement).rows == rows


@pytest.mark.parametrize(
    "statement",
    [
        "select date '20000-01-01'",
        "select date '0044-03-15 BC'",
        "select time '24:00'",
        "select timestamptz '20000-01-01'",
        "select interval '9000000 years'",
        "select array[date '20000-01-01']",
        "select n, date '9999-12-30' + n from generate_series(1, 20000) as n",
    ],
)
def test_a_value_that_cannot_be_shown_is_refused_with_what_to_do(url, outside, statement):
    with pytest.raises(RefusedError, match=r"cannot be shown here .*: cast it to text"):
        run_query(url, statement)
    wait_until_nobody_is_left(outside)


def test_a_value_of_many_levels_is_refused_with_what_to_do(url):
    with pytest.raises(RefusedError, match="levels deep: cast it to text"):
        run_query(url, f"select {'row(' * 2000}1{')' * 2000}")


def test_many_columns_of_one_name_and_numbers_that_are_none_are_shown(url):
    assert len(run_query(url, f"select {', '.join(['1'] * 1600)}").columns) == 1600
    assert run_query(url, "select 'NaN'::numeric, '-Infinity'::numeric").rows == (("NaN", "-Infinity"),)


def test_two_run_at_once_and_a_third_is_told_to_wait(url, outside):
    ended: list[str] = []

    def occupy() -> None:
        with pytest.raises(RefusedError) as refused:
            run_query(url, ENDLESS[0], time_limit_s=2)
        ended.append(str(refused.value))

    busy = [threading.Thread(target=occupy) for _ in range(2)]
    for thread in busy:
        thread.start()
    while sessions(outside) < 2:
        time.sleep(0.01)
    with pytest.raises(RefusedError, match="2 queries are running already"):
        run_query(url, "select 1")
    for thread in busy:
        thread.join()
    assert len(ended) == 2
    assert isinstance(run_query(url, "select 1"), Result)


def test_a_server_that_is_away_is_told_in_words(target):
    with pytest.raises(RefusedError, match="cannot be reached"):
        run_query("postgresql://gridloom_explorer:x@127.0.0.1:1/gridloom", "select 1")


def test_whoever_logs_in_as_the_explorer_can_write_nowhere(target):
    explorer = connect(target.dsn(Role.EXPLORER), application="tests")
    explorer.set_session(readonly=False)
    for statement in ("insert into analytics.notes values ('x')", "create temporary table mine (x integer)"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), explorer, explorer.cursor() as cursor:
            cursor.execute(statement)
    explorer.close()
