"""What a statement may be: one query, which names no function that does anything but compute.

PostgreSQL says what a function may do: `volatile` ones may do anything, others may not even write. So every statement
that holds the name of a volatile function is refused, save a few that only tell the time or draw lots. The name counts
wherever it stands, in text and comments too: so there is no way to hide it, and nothing to parse. The transaction is
read-only and the login owns nothing; this guard is for what remains: other readers' sessions and statements, locks,
sleeping, and SQL hidden in text.
"""

import re
from typing import Any

from include.serving.explorer.errors import RefusedError

LONGEST_STATEMENT = 20_000
# From each of them on all that follows is read.
SEMICOLONS_TRIED = 100
ONLY_QUERIES = "Only a query can run here: one statement that begins with select, with, values or table."
HARMLESS = frozenset(
    {
        *("random", "random_normal", "clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7"),
        *("array_sample", "array_shuffle", "system", "bernoulli"),
        *("pg_relation_size", "pg_table_size", "pg_total_relation_size", "pg_indexes_size", "pg_database_size"),
    }
)
# Not volatile, and yet: they run SQL that they are handed as text, read whole schemas, use up transaction numbers, or
# tell what others ask: all readers of the box share a login.
ALSO_REFUSED = re.compile(
    r"(query|cursor|table|schema|database)_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite"
    r"|txid_current|pg_current_xact_id"
    r"|pg_stat_(get_)?activity|pg_stat_get_backend_activity|pg_stat_statements\w*"
)
_WORD = re.compile(r"[^\W\d][\w$]*")
# A name can be spelled in numbers of its letters: U&"pg\005fsleep".
_SPELLED = re.compile(r"u&[\"']", re.IGNORECASE)
# Comments in /* */ may hold others.
_SPACES_AND_LINES = re.compile(r"(?:\s|--[^\n\r]*)*")
_EDGE_OF_COMMENT = re.compile(r"/\*|\*/")


def check_text(statement: str) -> str:
    """Return the statement without the semicolon at its end. Raises RefusedError for what is no statement."""
    text = statement.strip().rstrip(";").rstrip()
    if not text:
        raise RefusedError("Write a query first, such as: select * from daily_coverage")
    if len(text) > LONGEST_STATEMENT:
        raise RefusedError(f"The statement is longer than {LONGEST_STATEMENT:,} characters.")
    if "\0" in text or _SPELLED.search(text):
        raise RefusedError("The statement spells characters by their numbers, which cannot be done here.")
    return text


def without_end(text: str) -> list[str]:
    """Return the statement up to a semicolon that only comments follow, if it may have one.

    It may stand within a text or a comment too: so this is what to try where the statement as a whole cannot be used.
    """
    semicolons = [found.start() for found in re.finditer(";", text)][-SEMICOLONS_TRIED:]
    end = next((at for at in semicolons if _is_only_comments(text, at + 1)), None)
    return [] if end is None else [text[:end]]


def _is_only_comments(text: str, at: int | None) -> bool:
    """Tell whether nothing but comments and spaces stands in the text from a position on."""
    while at is not None:
        passed = _SPACES_AND_LINES.match(text, at)
        at = passed.end() if passed else at
        if not text.startswith("/*", at):
            return at == len(text)
        at = _after_comment(text, at)
    return False


def _after_comment(text: str, begin: int) -> int | None:
    """Return where the comment ends that begins at a position, with those it holds; None where it does not end."""
    depth = 0
    for edge in _EDGE_OF_COMMENT.finditer(text, begin):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end()
    return None


async def check_functions(connection: Any, text: str) -> None:
    """Raise RefusedError where the statement names a function that can do more than compute a value."""
    words = {word.lower() for word in _WORD.findall(text)}
    refused = {word for word in words if ALSO_REFUSED.fullmatch(word)} | await _volatile(connection, words - HARMLESS)
    if refused:
        raise RefusedError(f"{min(refused)} cannot be used here: it can do more than compute a value.")


async def _volatile(connection: Any, words: set[str]) -> set[str]:
    rows = await connection.fetch(
        "select distinct proname::text from pg_catalog.pg_proc where provolatile = 'v' and proname = any($1::text[])",
        list(words),
    )
    return {name for (name,) in rows}
