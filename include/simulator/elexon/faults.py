"""What the API does wrong beside what any publisher does: with the rows of an answer, or with all of it.

A row that is struck is in the middle of an answer, or the first that tells of `fault_at` or later.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from include.simulator.elexon.rows import Row, WrittenRow
from include.simulator.elexon.settlement import stamp
from include.simulator.faults import ON_THE_WAY, Circumstances, Fault
from include.simulator.reply import Reply

SpoilRows = Callable[[list[Row], Circumstances], list[Row]]

# A window's parameters are ignored: played by the publisher, before there are rows.
WRONG_WINDOW = "wrong-window"

# Members of natural keys, the first that a row has being the one to go missing.
KEYS = (
    "startTime", "timeFrom", "time", "measurementTime", "mrid", "forecastDate", "measurementDate", "submissionDateTime",
    "settlementDate", "nationalGridBmUnit", "publishTime", "dataset", "interconnectorId",
)  # fmt: skip
# Numbers that are no values.
COUNTED = {
    "settlementPeriod", "settlementPeriodFrom", "settlementPeriodTo", "documentRevisionNumber", "revisionNumber",
    "pairId", "id", "acceptanceNumber", "notificationSequence", "instructionSequence", "week", "year",
    "calendarWeekNumber", "forecastWeek", "forecastYear", "creditDefaultLevel", "enteredDefaultSettlementPeriod",
    "clearedDefaultSettlementPeriod",
}  # fmt: skip
INSTANT, DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?"), re.compile(r"\d{4}-\d\d-\d\d")
SOME_ROWS = 3
DAYS_OUTSIDE = 3


@dataclass(frozen=True)
class RowsFault(Fault):
    """A fault of what is said."""

    on_rows: SpoilRows | None = None


def _struck(rows: list[Row], circumstances: Circumstances) -> int:
    if circumstances.strikes_at is None:
        return len(rows) // 2
    wanted = stamp(int(circumstances.strikes_at.astype("datetime64[s]").astype(int)))
    # The newest come first, so the one is met last.
    found = [at for at, row in enumerate(rows) if _told_of(row) >= wanted]
    return found[-1] if found else len(rows)


def _told_of(row: Row) -> str:
    return next((str(row[name]) for name in KEYS if row.get(name)), "")


def _value_of(row: Row) -> str:
    """Return the member that is the value of a row: its first number, else its last that is set."""
    for name, value in row.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in COUNTED:
            return name
    return next((name for name in reversed(row) if row[name] is not None), next(iter(row)))


def _with_struck(rows: list[Row], circumstances: Circumstances, spoil: Callable[[Row], Row]) -> list[Row]:
    at = _struck(rows, circumstances)
    return [*rows[:at], *map(spoil, rows[at : at + 1]), *rows[at + 1 :]]


def _short(rows: list[Row], _: Circumstances) -> list[Row]:
    third = max(1, len(rows) // 3)
    return rows[:third] + rows[2 * third :]


def _no_rows(_: list[Row], __: Circumstances) -> list[Row]:
    return []


def _further_outside(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    at = _struck(rows, circumstances)
    outside = [_days_before(row, DAYS_OUTSIDE) for row in rows[at : at + SOME_ROWS]]
    return rows[:at] + outside + rows[at:]


def _days_before(row: Row, days: int) -> Row:
    def moved(value: Any) -> Any:
        if not isinstance(value, str) or not (INSTANT.fullmatch(value) or DATE.fullmatch(value)):
            return value
        earlier = datetime.fromisoformat(value) - timedelta(days=days)
        return earlier.isoformat()[: len(value.removesuffix("Z"))] + "Z" * value.endswith("Z")

    return {name: moved(value) for name, value in row.items()}


def _repeated(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    at = _struck(rows, circumstances)
    return rows[: at + SOME_ROWS] + rows[at : at + SOME_ROWS] + rows[at + SOME_ROWS :]


def _other_value(row: Row) -> Row:
    name = _value_of(row)
    value = row[name]
    return {**row, name: value + 7 if isinstance(value, int | float) else f"{value} (corrected)"}


def _disagreeing(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    at = _struck(rows, circumstances)
    return rows[: at + 1] + [_other_value(row) for row in rows[at : at + 1]] + rows[at + 1 :]


def _out_of_order(rows: list[Row], _: Circumstances) -> list[Row]:
    shuffled = rows[::-1]
    random.Random(1).shuffle(shuffled)  # noqa: S311 - always the same disorder
    return shuffled


def _withdrawn_tail(rows: list[Row], _: Circumstances) -> list[Row]:
    return rows[6:]


def _unknown_column(rows: list[Row], _: Circumstances) -> list[Row]:
    return [{**row, "confidence": "high"} for row in rows]


def _missing_column(rows: list[Row], _: Circumstances) -> list[Row]:
    name = _value_of(rows[0])
    return [{each: value for each, value in row.items() if each != name} for row in rows]


def _renamed_column(rows: list[Row], _: Circumstances) -> list[Row]:
    name = _value_of(rows[0])
    return [{(f"{each}Value" if each == name else each): value for each, value in row.items()} for row in rows]


def _in_words(row: Row) -> Row:
    return {**row, _value_of(row): "twelve hundred"}


def _mistyped(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    return _with_struck(rows, circumstances, _in_words)


def _text_numbers(rows: list[Row], _: Circumstances) -> list[Row]:
    def respelt(value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return [{name: respelt(value) for name, value in row.items()} for row in rows]


def _null_key(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    def spoil(row: Row) -> Row:
        return {**row, next(name for name in (*KEYS, *row) if name in row): None}

    return _with_struck(rows, circumstances, spoil)


def _null_value(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    return _with_struck(rows, circumstances, lambda row: {**row, _value_of(row): None})


def _bad_value(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    return _with_struck(rows, circumstances, lambda row: {**row, _value_of(row): -99_999})


def _twice_named(rows: list[Row], circumstances: Circumstances) -> list[Row]:
    def spoil(row: Row) -> Row:
        again = json.dumps({_value_of(row): _other_value(row)[_value_of(row)]})
        return WrittenRow(f"{json.dumps(dict(row))[:-1]}, {again[1:]}")

    return _with_struck(rows, circumstances, spoil)


def _no_bracket(reply: Reply, _: Circumstances) -> Reply:
    if reply.pieces is not None:
        return replace(reply, pieces=_all_but_the_last(reply.pieces))
    for closing in (b"]}", b"]"):
        if reply.body.endswith(closing):
            return replace(reply, body=reply.body.removesuffix(closing))
    return reply


def _all_but_the_last(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held: bytes | None = None
    for piece in pieces:
        if held is not None:
            yield held
        held = piece


def _under(status: int, body: bytes) -> Callable[[Reply, Circumstances], Reply]:
    return lambda _, __: Reply(status, body)


def _not_found(_: Reply, circumstances: Circumstances) -> Reply:
    return circumstances.error(404, "Not Found")


FAULTS = {
    fault.name: fault
    for fault in (
        *ON_THE_WAY,
        Fault("404", "the route is not there", _not_found),
        Fault("503", "the API is unhealthy", _under(503, b'"API is unhealthy or in degraded state"')),
        Fault("no-bracket", "the answer ends in good order, after a whole row, without its ]", _no_bracket),
        Fault("empty-object", "{} under status 200", _under(200, b"{}")),
        Fault("null-data", '{"data":null} under status 200', _under(200, b'{"data":null}')),
        Fault(WRONG_WINDOW, "the window's parameters are ignored: the latest rows come"),
        RowsFault("no-rows", "no rows, in good order", on_rows=_no_rows),
        RowsFault("short", "the middle third of the rows is missing; the JSON is whole", on_rows=_short),
        RowsFault("withdrawn-tail", "the first six rows (the newest) vanish", on_rows=_withdrawn_tail),
        RowsFault("further-outside", "three rows of three days before are among them", on_rows=_further_outside),
        RowsFault("repeated", "three rows stand twice, alike", on_rows=_repeated),
        RowsFault("disagreeing", "a row stands twice, with two values", on_rows=_disagreeing),
        RowsFault("out-of-order", "the rows shuffled", on_rows=_out_of_order),
        RowsFault("unknown-column", "every row has a member more", on_rows=_unknown_column),
        RowsFault("missing-column", "every row lacks its value", on_rows=_missing_column),
        RowsFault("renamed-column", "the value has another name in every row", on_rows=_renamed_column),
        RowsFault("mistyped", "a number in words, in one row", on_rows=_mistyped),
        RowsFault("text-numbers", "every number as text", on_rows=_text_numbers),
        RowsFault("null-key", "one row has null in its key", on_rows=_null_key),
        RowsFault("null-value", "one row has null as its value", on_rows=_null_value),
        RowsFault("bad-value", "one row has -99999 as its value", on_rows=_bad_value),
        RowsFault("twice-named", "one row has a member twice, with two values", on_rows=_twice_named),
    )
}
