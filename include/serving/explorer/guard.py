"""What a statement may be: one query, which calls no function that does anything but compute.

PostgreSQL says what a function may do: `volatile` ones may do anything, others may not even write. So the statement is
planned first (nothing runs), and every volatile function named in the plan is refused, save a few that only tell the
time or draw lots. The transaction is read-only and the login owns nothing; this guard is for what remains: sessions
of other analysts, locks, sleeping, and SQL hidden in text.
"""

import re
from collections.abc import Iterable
from typing import Any

import asyncpg

from include.serving.explorer.errors import RefusedError

LONGEST_STATEMENT = 20_000
HARMLESS = frozenset(
    {
        *("random", "random_normal", "clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7"),
        *("pg_column_size", "pg_relation_size", "pg_table_size", "pg_total_relation_size", "pg_indexes_size"),
    }
)
# They run SQL that they are handed as text, in which the plan would not show what is called.
RUNS_TEXT = re.compile(
    r"(query_to_xml\w*|cursor_to_xml\w*|table_to_xml\w*|schema_to_xml\w*|database_to_xml\w*|ts_stat|ts_rewrite)"
)
# Identifiers in double quotes come first: one may hold a single quote.
_QUOTED = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'')
_CALLED = re.compile(r"([A-Za-z_][A-Za-z0-9_$]*)\(")
ONLY_QUERIES = "Only a query can run here: one statement that begins with select, with, values or table."


def check_text(statement: str) -> str:
    """Return the statement without the semicolon at its end. Raises RefusedError for what is no statement."""
    text = statement.strip().rstrip(";").rstrip()
    if not text:
        raise RefusedError("Write a query first, such as: select * from daily_coverage")
    if len(text) > LONGEST_STATEMENT:
        raise RefusedError(f"The statement is longer than {LONGEST_STATEMENT:,} characters.")
    if "\0" in text:
        raise RefusedError("The statement holds a character that no query has.")
    return text


async def check_plan(connection: Any, wrapped: str) -> None:
    """Plan the query and judge what it calls. Raises RefusedError."""
    try:
        plan = await connection.fetch(f"explain (verbose, costs off, format text) {wrapped}")
    except asyncpg.PostgresSyntaxError as error:
        raise RefusedError(ONLY_QUERIES) from error
    called = functions_of(line for (line,) in plan)
    refused = sorted({name for name in called if RUNS_TEXT.fullmatch(name)} | await _volatile(connection, called))
    if refused:
        raise RefusedError(f"{refused[0]}() cannot be called here: it can do more than compute a value.")


def functions_of(plan: Iterable[str]) -> set[str]:
    """Return the names of all functions a plan calls, and of some that it does not."""
    return {
        name.lower() for line in plan for name in _CALLED.findall(_QUOTED.sub(_keep_quoted_calls, line))
    }


def _keep_quoted_calls(quoted: re.Match[str]) -> str:
    """Drop what is quoted, but for a name: a function may be called by its quoted name."""
    text = quoted.group()
    return re.sub(r"[^A-Za-z0-9_$]", "_", text[1:-1]) if text.startswith('"') else "''"


async def _volatile(connection: Any, called: Iterable[str]) -> set[str]:
    rows = await connection.fetch(
        "select distinct proname from pg_catalog.pg_proc where provolatile = 'v' and proname = any($1::text[])",
        [name for name in called if name not in HARMLESS],
    )
    return {name for (name,) in rows}
