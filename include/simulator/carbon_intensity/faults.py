"""What the API does wrong beside what any publisher does: to the records of an answer, or to all of it.

Records that a fault strikes are in the middle of an answer, or begin at `fault_at`.
"""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from include.simulator.carbon_intensity.records import Record, stamp
from include.simulator.faults import ON_THE_WAY, Circumstances, Fault
from include.simulator.reply import Reply
from include.simulator.state import instant
from include.simulator.weather import as_numpy

SpoilRecords = Callable[[list[Record], Circumstances], list[Record]]


@dataclass(frozen=True)
class RecordsFault(Fault):
    """A fault of what is said."""

    on_records: SpoilRecords | None = None


def _struck(records: list[Record], circumstances: Circumstances) -> int:
    """Return the place of the record that is struck: in the middle, or the first from `fault_at` on."""
    if circumstances.strikes_at is None or "from" not in records[0]:
        return len(records) // 2
    wanted = stamp(circumstances.strikes_at)
    return next((at for at, record in enumerate(records) if record["from"] >= wanted), len(records))


def _number_in(record: Record) -> tuple[Record, str]:
    """Return the first number of a record: the object that holds it and its name."""
    if "regions" in record:
        return _number_in(record["regions"][0])
    if "intensity" in record:
        return record["intensity"], "forecast"
    if "generationmix" in record:
        return record["generationmix"][0], "perc"
    return record, next(iter(record))


def _with_number(records: list[Record], circumstances: Circumstances, value: object) -> list[Record]:
    spoilt = deepcopy(records)
    for record in spoilt[_struck(records, circumstances) :][:1]:
        holder, name = _number_in(record)
        holder[name] = value
    return spoilt


def _null_values(records: list[Record], circumstances: Circumstances) -> list[Record]:
    return _with_number(records, circumstances, None)


def _bad_row(records: list[Record], circumstances: Circumstances) -> list[Record]:
    return _with_number(records, circumstances, -99_999)


def _missing_half_hours(records: list[Record], circumstances: Circumstances) -> list[Record]:
    at = _struck(records, circumstances)
    return records[:at] + records[at + 3 :]


def _duplicate_rows(records: list[Record], circumstances: Circumstances) -> list[Record]:
    at = _struck(records, circumstances)
    return records[: at + 3] + records[at : at + 3] + records[at + 3 :]


def _told_twice(records: list[Record], circumstances: Circumstances) -> list[Record]:
    at = _struck(records, circumstances)
    second = deepcopy(records[at : at + 1])
    for record in second:
        holder, name = _number_in(record)
        holder[name] = (holder[name] or 0) + 7
    return records[: at + 1] + second + records[at + 1 :]


def _outside_row(records: list[Record], _: Circumstances) -> list[Record]:
    """Put a half-hour in front that ended a week before the first."""
    if "from" not in records[0]:
        return records
    earlier = {name: stamp(as_numpy(instant(records[0][name]) - timedelta(days=7))) for name in ("from", "to")}
    return [deepcopy(records[0]) | earlier, *records]


def _withdrawn_tail(records: list[Record], _: Circumstances) -> list[Record]:
    return records[:-6]


def _silently_short(records: list[Record], _: Circumstances) -> list[Record]:
    return records[: len(records) - max(1, len(records) // 10)]


def _out_of_order_rows(records: list[Record], _: Circumstances) -> list[Record]:
    shuffled = records[::-1]
    random.Random(1).shuffle(shuffled)  # noqa: S311 - always the same disorder
    return shuffled


def _missing_region(records: list[Record], circumstances: Circumstances) -> list[Record]:
    spoilt = deepcopy(records)
    for record in spoilt[_struck(records, circumstances) :][:1]:
        record.get("regions", [None]).pop()
    return spoilt


def _text_numbers(records: list[Record], _: Circumstances) -> list[Record]:
    def respelt(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: respelt(each) for name, each in value.items()}
        if isinstance(value, list):
            return [respelt(each) for each in value]
        return str(value) if isinstance(value, int | float) else value

    return [respelt(record) for record in records]


def _renamed_field(records: list[Record], _: Circumstances) -> list[Record]:
    spoilt = deepcopy(records)
    for record in spoilt:
        holder, name = _number_in(record)
        holder[f"{name}_value"] = holder.pop(name)
    return spoilt


def _new_field(records: list[Record], _: Circumstances) -> list[Record]:
    spoilt = deepcopy(records)
    for record in spoilt:
        holder, name = _number_in(record)
        holder[f"{name}_confidence"] = 95
    return spoilt


def _no_data(_: list[Record], __: Circumstances) -> list[Record]:
    return []


def _under_200(body: object) -> Callable[[Reply, Circumstances], Reply]:
    return lambda _, __: Reply(200, json.dumps(body).encode())


FAULTS = {
    fault.name: fault
    for fault in (
        *ON_THE_WAY,
        Fault("empty-object", "{} under status 200", _under_200({})),
        Fault("empty-array", "[] under status 200", _under_200([])),
        Fault("null-data", '{"data": null} under status 200', _under_200({"data": None})),
        RecordsFault("empty-data", '{"data": []} under status 200', on_records=_no_data),
        RecordsFault("missing-half-hours", "three half-hours are not there", on_records=_missing_half_hours),
        RecordsFault("duplicate-rows", "three half-hours stand twice, alike", on_records=_duplicate_rows),
        RecordsFault("told-twice", "a half-hour stands twice, with two values", on_records=_told_twice),
        RecordsFault("null-values", "the forecast (or share) of a half-hour is null", on_records=_null_values),
        RecordsFault("bad-row", "the forecast (or share) of a half-hour is -99999", on_records=_bad_row),
        RecordsFault("outside-row", "a half-hour of the week before comes first", on_records=_outside_row),
        RecordsFault("withdrawn-tail", "the last six half-hours vanish", on_records=_withdrawn_tail),
        RecordsFault("silently-short", "the last tenth of the half-hours left off", on_records=_silently_short),
        RecordsFault("out-of-order-rows", "the half-hours shuffled", on_records=_out_of_order_rows),
        RecordsFault("missing-region", "a half-hour has 17 regions", on_records=_missing_region),
        RecordsFault("text-numbers", "every number as text", on_records=_text_numbers),
        RecordsFault("renamed-field", "forecast (or perc) has another name", on_records=_renamed_field),
        RecordsFault("new-field", "a field more beside forecast (or perc)", on_records=_new_field),
    )
}
