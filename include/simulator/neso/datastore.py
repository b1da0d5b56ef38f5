"""The publisher's database: one table, asked in SQL, read only.

DuckDB executes what PostgreSQL would; names, types and messages come back as PostgreSQL has them.
"""

import json
import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from include.simulator.neso.answer import Answer, Field, quoted, spell_numbers
from include.simulator.neso.columns import DATETIME, RESOURCE_ID, WHOLE_NUMBERS
from include.simulator.neso.table import Column, Table

# CKAN's own limit on one statement.
STATEMENT_TIMEOUT_S = 60

# A text literal with a zone: PostgreSQL ignores the zone where it reads a timestamp without one.
ZONED_LITERAL = re.compile(r"'(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|[+-]\d\d(?::?\d\d)?)'")

# Tables that are the engine's own, or ours; a publisher shows none of them.
OF_THE_ENGINE = re.compile(r"(pg_|duckdb_|sqlite_|information_schema|stored$)", re.IGNORECASE)

# The lexemes of a record with their places, as PostgreSQL lists them; here those of DATETIME only.
FULL_TEXT = """strftime("DATETIME", '''-%d'':3 ''-%m'':2 ''%M'':5 ''%Y'':1 ''t%H'':4')"""

PG_TYPES = {
    "INTEGER": "int4",
    "BIGINT": "int8",
    "HUGEINT": "numeric",
    "DOUBLE": "numeric",  # what DuckDB makes of avg(numeric)
    "FLOAT": "float8",
    "BOOLEAN": "bool",
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
}


class StatementError(Exception):
    """The statement cannot be answered; the message is PostgreSQL's."""


class NotASingleStatementError(StatementError):
    """None, or more than one."""


class ForbiddenError(StatementError):
    """The statement asks for more than reading this table."""


class Datastore:
    """One table in a database of its own, in memory, closed to the world outside."""

    def __init__(self, table: Table) -> None:
        self._decimals_of = {name: column.decimals for name, column in table.columns.items()}
        self._started_at = table.started_at
        self._by_time = np.argsort(table.started_at, kind="stable")
        self._finest = _finest_decimals(table.columns)
        self._connection = duckdb.connect(":memory:")
        self._load(table)
        self._lock_down()

    def select(self, sql: str) -> Answer:
        """Execute one SELECT. Raises StatementError and its kinds."""
        statement = ZONED_LITERAL.sub(r"'\1'", sql)
        self._refuse_all_but_reading(statement)
        self._refuse_unquoted_columns(statement)
        cursor = self._connection.cursor()
        alarm = threading.Timer(STATEMENT_TIMEOUT_S, cursor.interrupt)
        alarm.start()
        try:
            cursor.execute(statement)
            described = cursor.description or []
            fetched = list(cursor.fetchnumpy().values())
        except duckdb.Error as error:
            raise _as_postgresql(error) from error
        finally:
            alarm.cancel()
            cursor.close()
        return self._spelt([(str(name), str(kind)) for name, kind, *_ in described], fetched)

    def _load(self, table: Table) -> None:
        arrays: dict[str, Any] = {f"c{number}": column.values for number, column in enumerate(table.columns.values())}
        arrays |= {"_id": np.arange(1, len(table) + 1, dtype=np.int32), "started_at": table.started_at}
        columns = [
            f"c{number}{'' if column.is_text else f'::decimal(18, {self._finest})'} as {identifier(name)}"
            for number, (name, column) in enumerate(table.columns.items())
        ]
        listed = ", ".join(['"_id"', f'started_at::timestamp as "{DATETIME}"', *columns])
        self._connection.register("arrays", arrays)
        self._connection.execute(f"create table stored as select {listed} from arrays")  # noqa: S608 - our own names
        self._connection.unregister("arrays")
        shown = f'"_id", {FULL_TEXT} as "_full_text", * exclude ("_id")'
        self._connection.execute(f"create view {identifier(RESOURCE_ID)} as select {shown} from stored")  # noqa: S608

    def _lock_down(self) -> None:
        for setting in ("python_enable_replacements = false", "enable_external_access = false", "threads = 2"):
            self._connection.execute(f"set {setting}")
        self._connection.execute("set lock_configuration = true")

    def _refuse_all_but_reading(self, sql: str) -> None:
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise _as_postgresql(error) from error
        if len(statements) != 1:
            raise NotASingleStatementError("Query is not a single statement.")
        if statements[0].type != duckdb.StatementType.SELECT or not self._reads_only_what_is_published(sql):
            raise ForbiddenError("Not authorized to read resource.")

    def _reads_only_what_is_published(self, sql: str) -> bool:
        parsed = self._connection.cursor().execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
        nodes = list(_nodes(json.loads(parsed[0] if parsed else "null")))
        tables = [str(node["table_name"]) for node in nodes if node.get("type") == "BASE_TABLE"]
        has_functions = any(node.get("type") == "TABLE_FUNCTION" for node in nodes)
        qualified = any(node.get("schema_name") for node in nodes if node.get("type") == "BASE_TABLE")
        return not qualified and not has_functions and not any(map(OF_THE_ENGINE.match, tables))

    def _refuse_unquoted_columns(self, sql: str) -> None:
        """PostgreSQL folds a name without quotes to lower case, and finds no such column; DuckDB would."""
        published = {name.lower() for name in (DATETIME, *self._decimals_of)}
        words = _words(sql)
        aliases = {word.lower() for before, word in pairwise(words) if before.lower() == "as"}
        for word in words:
            if word.lower() in published - aliases:
                raise StatementError(f'(psycopg2.ProgrammingError) column "{word.lower()}" does not exist')

    def _spelt(self, described: list[tuple[str, str]], fetched: list[NDArray[Any]]) -> Answer:
        rows = self._rows_of(described, fetched)
        fields = {}
        for (name, kind), values in zip(described, fetched, strict=True):
            pg_name = _pg_name(name)
            fields[pg_name] = self._field(pg_name, kind, values, rows)
        return Answer(tuple(fields.values()))

    def _rows_of(self, described: list[tuple[str, str]], fetched: list[NDArray[Any]]) -> NDArray[np.int64] | None:
        """Return which stored row each record is, where it carries its number or its time."""
        for (name, kind), values in zip(described, fetched, strict=True):
            if name == "_id" and kind == "INTEGER" and not np.ma.isMaskedArray(values):
                return values.astype(np.int64) - 1
        for (name, kind), values in zip(described, fetched, strict=True):
            if name == DATETIME and kind == "TIMESTAMP" and not np.ma.isMaskedArray(values):
                at = np.searchsorted(self._started_at[self._by_time], values.astype("datetime64[s]"))
                return self._by_time[np.minimum(at, len(self._by_time) - 1)]
        return None

    def _field(self, name: str, kind: str, values: NDArray[Any], rows: NDArray[np.int64] | None) -> Field:
        if kind.startswith("DECIMAL"):
            filled = np.ma.filled(values.astype(float), np.nan)
            decimals = self._decimals(name, len(values), rows)
            return Field(name, "numeric", spell_numbers(filled, decimals, as_text=True, finest=self._finest))
        pg_type = "tsvector" if name == "_full_text" else PG_TYPES.get(kind, "text")
        return Field(name, pg_type, _spell(pg_type, values))

    def _decimals(self, name: str, count: int, rows: NDArray[np.int64] | None) -> NDArray[np.int8]:
        """Return the decimals each number of this column was published with; numeric remembers them."""
        published = self._decimals_of.get(name)
        if rows is not None and published is not None:
            return published[rows]
        return np.full(count, 0 if name in WHOLE_NUMBERS else self._finest, np.int8)


def identifier(name: str) -> str:
    """Return a name quoted as PostgreSQL does."""
    return '"' + name.replace('"', '""') + '"'


def _words(sql: str) -> list[str]:
    """Return the keywords and the names without quotes, in their order."""
    written = sql.encode()
    kinds = (duckdb.token_type.identifier, duckdb.token_type.keyword)
    found = (re.match(rb"\w+", written[begin:]) for begin, kind in duckdb.tokenize(sql) if kind in kinds)
    return [word[0].decode(errors="replace") for word in found if word]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a parsed statement."""
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(branch)


def _finest_decimals(columns: dict[str, Column]) -> int:
    return max((int(c.decimals.max(initial=1)) for c in columns.values() if c.decimals is not None), default=1)


def _spell(pg_type: str, values: NDArray[Any]) -> list[str]:
    """Return the values of any other type as JSON."""
    null = np.ma.getmaskarray(values)
    plain = np.ma.getdata(values)
    if pg_type in ("timestamp", "timestamptz"):
        spelt = [f'"{text}"' for text in np.datetime_as_string(plain.astype("datetime64[s]")).tolist()]
    elif pg_type == "date":
        spelt = [f'"{text}"' for text in np.datetime_as_string(plain.astype("datetime64[D]")).tolist()]
    elif pg_type == "numeric":
        spelt = [quoted(repr(value)) for value in plain.tolist()]
    elif pg_type in ("int4", "int8", "float8"):
        spelt = [repr(value) for value in plain.tolist()]
    elif pg_type == "bool":
        spelt = ["true" if value else "false" for value in plain.tolist()]
    else:
        spelt = ["null" if value is None else quoted(str(value)) for value in plain.tolist()]
    return ["null" if missing else text for missing, text in zip(null.tolist(), spelt, strict=True)]


def _pg_name(name: str) -> str:
    """Return what PostgreSQL would call an expression without an alias: its function, or a question mark."""
    if name == "count_star()" or name.startswith("count_star() OVER"):
        return "count"
    called = re.fullmatch(r'"?(\w+)"?\(.*\).*', name, re.DOTALL)
    cast = re.fullmatch(r'CAST\("?(\w+)"? AS .*\)', name)
    if cast:
        return cast[1]
    if called:
        return called[1]
    return name if re.fullmatch(r"[\w %./()-]+", name) else "?column?"


def _as_postgresql(error: duckdb.Error) -> StatementError:
    """Return the error in PostgreSQL's words, as far as clients read them."""
    text = str(error)
    if isinstance(error, duckdb.PermissionException):
        return ForbiddenError("Not authorized to read resource.")
    if isinstance(error, duckdb.InterruptException):
        return StatementError("Query took too long")
    for pattern, words in _PG_MESSAGES:
        if found := re.search(pattern, text):
            return StatementError("(psycopg2.ProgrammingError) " + words.format(found[1]))
    return StatementError("(psycopg2.ProgrammingError) " + text.partition("\n")[0].partition(": ")[2])


_PG_MESSAGES = (
    (r"Table with name (\S+) does not exist", 'relation "{}" does not exist'),
    (r'Referenced column "([^"]+)" not found', 'column "{}" does not exist'),
    (r'syntax error at or near "([^"]*)"', 'syntax error at or near "{}"'),
    (r"Function with name (\S+) does not exist", "function {}() does not exist"),
)
