"""What Great Expectations found, in words: what was expected, how many rows are not so, and one of them."""

from collections.abc import Mapping
from typing import Any

MESSAGE_LIMIT = 300


def in_words(table: str, expected: str, found: Mapping[str, Any], exception: str | None) -> str:
    """Say what was expected of a table and what was found, with an example where one is named."""
    what = f"{table}: {expected}"
    if exception:
        return f"{what}: could not be judged: {exception}"
    if "unexpected_count" not in found:
        return f"{what}: {found['observed_value']}" if "observed_value" in found else f"{what}: it is not so"
    rows = found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list")
    # Of no rows at all, no count is given.
    counted = f"{found['unexpected_count'] or 0:,} of {found['element_count']:,} rows are not so"
    return f"{what}: {counted}" + (f", e.g. {_row(rows[0])}" if rows else "")


def first_exception(info: Mapping[str, Any]) -> str | None:
    """Return the first exception in one line, or None; Great Expectations tells of one, or of one per metric."""
    infos = [info] if "raised_exception" in info else list(info.values())
    raised = [each["exception_message"] for each in infos if each["raised_exception"]]
    return one_line(raised[0]) if raised else None


def one_line(error: object) -> str:
    """Return an error's message in one line, without the statement that SQLAlchemy adds."""
    return " ".join(str(error).split("[SQL:", maxsplit=1)[0].split())[:MESSAGE_LIMIT]


def _row(row: Any) -> str:
    """Say a row: `2026-01-01 00:30 UTC, solar_mw 812`. An instant or a date needs no name."""
    if not isinstance(row, Mapping):
        return _value(row)
    *key, (column, value) = row.items()
    named = [_value(cell) if _is_date(cell) else f"{name} {_value(cell)}" for name, cell in key]
    return ", ".join([*named, f"{column} {_value(value)}"])


def _value(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.10g}"
    text = str(cell)
    return text.replace("T", " ").replace(":00+00:00", " UTC") if _is_date(cell) else text


def _is_date(cell: Any) -> bool:
    return isinstance(cell, str) and cell[:4].isdigit() and cell[4:5] == "-"
