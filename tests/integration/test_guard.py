"""Whatever SQL is typed in: PostgreSQL itself is the judge of what was let through."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout, suppress
from io import StringIO
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from include import proven_login
from include.commands import query as command
from include.commands.names import Format
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.query import run_query
from include.warehouse import Role, Warehouse, connect
from tests.attacks import STACKED, WRITES
from tests.spoils import lay_out, state_of, wait_until_nobody_is_left

# The same in every run, however slow the machine is; each is a query or two.
FEW = settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WRITING = st.sampled_from([each for each in (*WRITES, *STACKED) if "pg_sleep" not in each])

# Nothing that names a function, for a name counts in comments too.
PROSE = st.text("xyz0 ;'\"$(),.", max_size=8)
SPACE = st.text(" \t\n\r\f", min_size=1, max_size=3)
LINE_COMMENT = PROSE.map("--{}\n".format)
COMMENT = st.recursive(
    PROSE.map("/*{}*/".format), lambda inner: st.tuples(PROSE, inner, PROSE).map(lambda told: f"/*{''.join(told)}*/")
)
BESIDE = st.lists(SPACE | LINE_COMMENT | COMMENT, max_size=4).map("".join)
BETWEEN = st.lists(SPACE | LINE_COMMENT | COMMENT, min_size=1, max_size=2).map("".join)

QUOTED = st.one_of(
    WRITING.map(lambda text: "'{}'".format(text.replace("'", "''"))),
    WRITING.map("$a${}$a$".format),
    WRITING.map(lambda text: "E'{}'".format(text.replace("'", r"\'"))),
)
COMMENTED = st.one_of(WRITING.map("--{}\n".format), WRITING.map("/*{}*/".format), WRITING.map("/*/**/{}*/".format))
LOOSE = st.sampled_from(["'", "''", '"', "$$", "$a$", "E'", "\\", "--", "/*", "*/", "\n", ";", "(", ")", ",", " as x "])
VALUE = st.recursive(
    st.sampled_from(["1", "null", "note", "lower('A')"]) | QUOTED,
    lambda inner: st.one_of(
        inner.map("coalesce({}, null)".format), inner.map("(select {})".format), inner.map("length({}::text)".format)
    ),
    max_leaves=3,
)
# Mostly a query, in which anything may stand anywhere.
TYPED = st.tuples(
    st.lists(COMMENTED | LOOSE | WRITING.map("{};".format), max_size=1),
    st.sampled_from(["select ", "select all ", "with x as (select 1) select "]),
    st.lists(VALUE, min_size=1, max_size=2).map(", ".join),
    st.lists(COMMENTED | LOOSE | QUOTED, max_size=2),
    st.sampled_from([" from analytics.notes", " from analytics.notes", "", " into mine from analytics.notes"]),
    st.lists(COMMENTED | LOOSE | WRITING.map(";{}".format) | WRITING.map("union all {}".format), max_size=2),
).map(lambda parts: "".join(part if isinstance(part, str) else " ".join(part) for part in parts))


@pytest.fixture(scope="module")
def target(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse with something to spoil."""
    with copy_of(template) as warehouse:
        lay_out(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def outside(target: Warehouse) -> Iterator[Cursor]:
    """A cursor that nothing that is typed can touch."""
    with closing(connect(target.owner_dsn, application="tests, outside")) as owner:
        owner.autocommit = True
        yield owner.cursor()


@pytest.fixture(scope="module")
def as_one_statement(target: Warehouse) -> Iterator[Callable[[str], tuple[Any, ...]]]:
    """PostgreSQL's own rows of a text that is one statement; it raises asyncpg.PostgresError for any other."""
    with asyncio.Runner() as runner:
        analyst = runner.run(
            proven_login.connect(target.dsn(Role.ANALYST), server_settings={"search_path": "analytics, reference, ops"})
        )

        def rows(text: str) -> tuple[Any, ...]:
            return tuple(map(tuple, runner.run(analyst.fetch(text))))

        yield rows
        runner.run(analyst.close())


def test_what_is_let_through_is_one_statement_and_writes_nothing(target, outside, as_one_statement):
    before, let_through, refused = state_of(outside), 0, 0

    @FEW
    @given(TYPED)
    def is_harmless(text: str) -> None:
        nonlocal let_through, refused
        try:
            rows = run_query(target.dsn(Role.EXPLORER), text).rows
        except RefusedError:
            refused += 1
        else:
            let_through += 1
            assert rows == as_one_statement(text)
        wait_until_nobody_is_left(outside)
        assert state_of(outside) == before

    is_harmless()
    assert min(let_through, refused) > 10, "both are tried"


def test_the_command_writes_nothing_either(target, outside):
    before, ran = state_of(outside), 0

    @FEW
    @given(TYPED | WRITING)
    def is_harmless(text: str) -> None:
        nonlocal ran
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError), redirect_stdout(StringIO()):
            asyncio.run(command._query(target, text, Format.CSV))
            ran += 1
        assert state_of(outside) == before

    is_harmless()
    assert ran > 10, "some are run"


def test_a_plain_query_is_let_through_whatever_comments_and_spaces_stand_around_it(target, outside):
    @FEW
    @given(BESIDE, BETWEEN, BETWEEN, BESIDE, st.sampled_from(["", ";"]), BESIDE)
    def is_run(before: str, first: str, second: str, after: str, end: str, last: str) -> None:
        text = f"{before}select{first}1{second}as n{after}{end}{last}"
        assert run_query(target.dsn(Role.EXPLORER), text).rows == ((1,),)
        wait_until_nobody_is_left(outside)

    is_run()


def test_the_prose_of_these_comments_names_no_function(outside):
    """Else the guard would be right to refuse it."""
    outside.execute("select proname from pg_catalog.pg_proc where proname ~ '^[xyz0]+$'")
    assert outside.fetchall() == []
    assert re.fullmatch(r"[^\w]*", "".join(set(" ;'\"$(),.")))
