"""What NESO does wrong beside what any publisher does: to its table, or to an answer."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from include.simulator.faults import ON_THE_WAY, Circumstances, Fault
from include.simulator.neso.answer import Answer, Field
from include.simulator.neso.envelope import error_reply
from include.simulator.neso.table import Column, Positions, Table
from include.simulator.reply import Reply

# What half-hours a fault strikes where none is named: a day before the newest, so that every usual window holds them.
STRUCK_BEFORE_NEWEST = 48

SpoilTable = Callable[[Table, Circumstances], Table]
SpoilAnswer = Callable[[Answer, Circumstances], Answer]


@dataclass(frozen=True)
class PortalFault(Fault):
    """A fault of what is said: one of the two functions plays it, or the portal itself."""

    on_table: SpoilTable | None = None
    on_answer: SpoilAnswer | None = None


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


def _conflict(_: Reply, __: Circumstances) -> Reply:
    return error_reply(409, "Validation Error", {"query": ["Query took too long"]})


FAULTS = {
    fault.name: fault
    for fault in (
        *ON_THE_WAY,
        Fault("409", "conflict: the query took too long", _conflict),
        PortalFault("text-numbers", "every number as text, _id and counts too", on_answer=_text_numbers),
        PortalFault("plain-numbers", "numeric values as JSON numbers", on_answer=_plain_numbers),
        PortalFault(
            "records-truncated", "half the records, with records_truncated: true", on_answer=_records_truncated
        ),
        PortalFault(
            "silently-short", "the last tenth of the records left off; counts tell of all", on_answer=_silently_short
        ),
        PortalFault(
            "silently-short-count",
            "a tenth left out in the middle; counts agree with the rest",
            on_answer=_silently_short_count,
        ),
        PortalFault("out-of-order-rows", "the records shuffled, whatever ORDER BY says", on_answer=_out_of_order_rows),
        PortalFault("renamed-column", "GAS is called NATURAL_GAS", on_table=_renamed_column),
        PortalFault("new-column", "a column BATTERY more", on_table=_new_column),
        PortalFault("retyped-column", 'SOLAR is text such as "120 MW"', on_table=_retyped_column),
        PortalFault("duplicate-rows", "three half-hours stand twice", on_table=_duplicate_rows),
        PortalFault("missing-half-hours", "three half-hours are not there", on_table=_missing_half_hours),
        PortalFault("null-values", "SOLAR is null in one half-hour", on_table=_null_values),
        PortalFault("bad-row", "GAS is -99999 in one half-hour", on_table=_bad_row),
        PortalFault("withdrawn-tail", "the newest six half-hours vanish", on_table=_withdrawn_tail),
        Fault("moving", "last_modified moves with every datastore request"),
    )
}
