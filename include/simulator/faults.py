"""What a publisher does wrong: to its table, to an answer, or to the reply that carries it.

A fault is played for the first requests that meet it, then it heals; or for ever.
"""

import gzip
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from include.simulator.answer import Answer, Field
from include.simulator.reply import Delivery, Reply, error_reply
from include.simulator.table import Column, Positions, Table

# What half-hours a fault strikes where none is named: a day before the newest, so that every usual window holds them.
STRUCK_BEFORE_NEWEST = 48

BOMB_CHUNK_BYTES = 1 << 24
BOMB_CHUNKS = 64


@dataclass(frozen=True)
class Circumstances:
    """What a test may set about the faults."""

    strikes_at: np.datetime64 | None = None  # the half-hour that row faults strike
    slow_s: float = 30.0
    retry_after: str = "1"


SpoilTable = Callable[[Table, Circumstances], Table]
SpoilAnswer = Callable[[Answer, Circumstances], Answer]
SpoilReply = Callable[[Reply, Circumstances], Reply]


@dataclass(frozen=True)
class Fault:
    """One fault, by name; at most one of the three functions plays it."""

    name: str
    tells: str
    on_table: SpoilTable | None = None
    on_answer: SpoilAnswer | None = None
    on_reply: SpoilReply | None = None


# On the table: SQL is asked of what is wrong, so that counts agree with it.


def _struck(table: Table, circumstances: Circumstances, count: int) -> Positions:
    """Return the rows of `count` half-hours from the one that is struck."""
    order = np.argsort(table.started_at, kind="stable")
    if circumstances.strikes_at is None:
        first = max(len(table) - 1 - STRUCK_BEFORE_NEWEST, 0)
    else:
        first = int(np.searchsorted(table.started_at[order], circumstances.strikes_at))
    return order[first : first + count]


def _missing_half_hours(table: Table, circumstances: Circumstances) -> Table:
    return table.take(np.delete(np.arange(len(table)), _struck(table, circumstances, 3)))


def _duplicate_rows(table: Table, circumstances: Circumstances) -> Table:
    return table.take(np.sort(np.append(np.arange(len(table)), _struck(table, circumstances, 3))))


def _withdrawn_tail(table: Table, _: Circumstances) -> Table:
    return table.take(np.sort(np.argsort(table.started_at, kind="stable")[:-6]))


def _with_value(table: Table, circumstances: Circumstances, name: str, value: float) -> Table:
    column = table.columns[name]
    values = column.values.copy()
    values[_struck(table, circumstances, 1)] = value
    return table.with_columns(table.columns | {name: Column(values, column.decimals)})


def _null_values(table: Table, circumstances: Circumstances) -> Table:
    return _with_value(table, circumstances, "SOLAR", np.nan)


def _bad_row(table: Table, circumstances: Circumstances) -> Table:
    return _with_value(table, circumstances, "GAS", -99_999.0)


def _renamed_column(table: Table, _: Circumstances) -> Table:
    renamed = {"GAS": "NATURAL_GAS"}
    return table.with_columns({renamed.get(name, name): column for name, column in table.columns.items()})


def _new_column(table: Table, _: Circumstances) -> Table:
    """Add batteries, which the publisher announces to take out of OTHER."""
    batteries = np.rint(table.columns["OTHER"].values / 4)
    return table.with_columns(table.columns | {"BATTERY": Column(batteries, np.ones(len(table), np.int8))})


def _retyped_column(table: Table, _: Circumstances) -> Table:
    texts = np.array([f"{value:.0f} MW" for value in table.columns["SOLAR"].values.tolist()], dtype=object)
    return table.with_columns(table.columns | {"SOLAR": Column(texts, None)})


# On the answer: what was found is not what is told.


def _records_truncated(answer: Answer, _: Circumstances) -> Answer:
    return replace(answer.take(list(range(len(answer) // 2))), is_truncated=True)


def _silently_short(answer: Answer, _: Circumstances) -> Answer:
    """Leave off the last tenth; the count in the records still tells of all."""
    return answer.take(list(range(len(answer) - max(1, len(answer) // 10)))) if len(answer) else answer


def _silently_short_count(answer: Answer, _: Circumstances) -> Answer:
    """Leave out a tenth in the middle, and let the count agree with what is left."""
    left_out = max(1, len(answer) // 10)
    begin = len(answer) // 2
    short = answer.take([*range(begin), *range(begin + left_out, len(answer))])
    told = tuple(_recounted(field, left_out) if field.pg_type == "int8" else field for field in short.fields)
    return replace(short, fields=told)


def _recounted(field: Field, left_out: int) -> Field:
    return replace(field, values=[str(int(value.strip('"')) - left_out) for value in field.values])


def _out_of_order_rows(answer: Answer, _: Circumstances) -> Answer:
    rows = list(range(len(answer)))
    random.Random(1).shuffle(rows)  # noqa: S311 - always the same disorder
    return answer.take(rows[::-1] if rows == sorted(rows) else rows)


def _text_numbers(answer: Answer, _: Circumstances) -> Answer:
    return _respelt(answer, {"numeric", "int4", "int8", "float8"}, lambda value: f'"{value.strip(chr(34))}"')


def _plain_numbers(answer: Answer, _: Circumstances) -> Answer:
    return _respelt(answer, {"numeric"}, lambda value: value.strip('"'))


def _respelt(answer: Answer, pg_types: set[str], spell: Callable[[str], str]) -> Answer:
    def respell(field: Field) -> Field:
        values = [value if value == "null" else spell(value) for value in field.values]
        return replace(field, values=values) if field.pg_type in pg_types else field

    return replace(answer, fields=tuple(map(respell, answer.fields)))


# On the reply: HTTP itself.


def _too_many_requests(_: Reply, circumstances: Circumstances) -> Reply:
    reply = error_reply(429, "Too Many Requests", {"message": "Rate limit exceeded"})
    return replace(reply, headers=reply.headers | {"Retry-After": circumstances.retry_after})


def _server_error(_: Reply, __: Circumstances) -> Reply:
    return error_reply(500, "Internal Server Error", {"message": "Internal server error"})


def _conflict(_: Reply, __: Circumstances) -> Reply:
    return error_reply(409, "Validation Error", {"query": ["Query took too long"]})


HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n"
)


def _html(_: Reply, __: Circumstances) -> Reply:
    return Reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})


def _empty(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, body=b"")


def _cut_off(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, delivery=Delivery.CUT_OFF)


def _cut_off_honest(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _slow(reply: Reply, circumstances: Circumstances) -> Reply:
    return replace(reply, wait_s=circumstances.slow_s)


def _trickle(reply: Reply, circumstances: Circumstances) -> Reply:
    return replace(reply, wait_s=circumstances.slow_s, delivery=Delivery.TRICKLE)


def _dropped(reply: Reply, _: Circumstances) -> Reply:
    return replace(reply, delivery=Delivery.DROPPED)


def _redirect(_: Reply, __: Circumstances) -> Reply:
    return Reply(302, b"", {"Location": "/elsewhere", "Content-Type": "text/html; charset=utf-8"})


def _gzip_bomb(_: Reply, __: Circumstances) -> Reply:
    headers = {"Content-Type": "application/json;charset=utf-8", "Content-Encoding": "gzip"}
    return Reply(200, _bomb(), headers)


@cache
def _bomb() -> bytes:
    """Return about 1 MB of gzip that unpacks to 1 GiB of blanks, as one member."""
    chunk = b" " * BOMB_CHUNK_BYTES
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(BOMB_CHUNKS):
        checksum = zlib.crc32(chunk, checksum)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    length = BOMB_CHUNKS * BOMB_CHUNK_BYTES
    trailer = checksum.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    return gzip.compress(b"")[:10] + packed * BOMB_CHUNKS + end + trailer


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("429", "too many requests, with Retry-After", on_reply=_too_many_requests),
        Fault("500", "internal server error", on_reply=_server_error),
        Fault("409", "conflict: the query took too long", on_reply=_conflict),
        Fault("html", "a maintenance page under status 200", on_reply=_html),
        Fault("empty", "an empty body under status 200", on_reply=_empty),
        Fault("cut-off", "half the body, then the connection ends before Content-Length is reached", on_reply=_cut_off),
        Fault("cut-off-honest", "half the JSON, with a Content-Length that agrees", on_reply=_cut_off_honest),
        Fault("slow", "silence for --slow-seconds before the answer", on_reply=_slow),
        Fault("trickle", "the body a few bytes at a time, over --slow-seconds", on_reply=_trickle),
        Fault("dropped", "the connection is reset without an answer", on_reply=_dropped),
        Fault("redirect", "302 to another address", on_reply=_redirect),
        Fault("gzip-bomb", "1 MB of gzip that unpacks to 1 GiB", on_reply=_gzip_bomb),
        Fault("text-numbers", "every number as text, _id and counts too", on_answer=_text_numbers),
        Fault("plain-numbers", "numeric values as JSON numbers", on_answer=_plain_numbers),
        Fault("records-truncated", "half the records, with records_truncated: true", on_answer=_records_truncated),
        Fault(
            "silently-short", "the last tenth of the records left off; counts tell of all", on_answer=_silently_short
        ),
        Fault(
            "silently-short-count",
            "a tenth left out in the middle; counts agree with the rest",
            on_answer=_silently_short_count,
        ),
        Fault("out-of-order-rows", "the records shuffled, whatever ORDER BY says", on_answer=_out_of_order_rows),
        Fault("renamed-column", "GAS is called NATURAL_GAS", on_table=_renamed_column),
        Fault("new-column", "a column BATTERY more", on_table=_new_column),
        Fault("retyped-column", 'SOLAR is text such as "120 MW"', on_table=_retyped_column),
        Fault("duplicate-rows", "three half-hours stand twice", on_table=_duplicate_rows),
        Fault("missing-half-hours", "three half-hours are not there", on_table=_missing_half_hours),
        Fault("null-values", "SOLAR is null in one half-hour", on_table=_null_values),
        Fault("bad-row", "GAS is -99999 in one half-hour", on_table=_bad_row),
        Fault("withdrawn-tail", "the newest six half-hours vanish", on_table=_withdrawn_tail),
        Fault("moving", "last_modified moves with every datastore request"),
    )
}
