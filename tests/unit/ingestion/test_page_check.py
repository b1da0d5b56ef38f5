"""A page of typed rows is read at once, by the very rules by which each row would be."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType, field

from include.ingestion import check
from include.ingestion.check import RowCheck
from include.ingestion.content_hash import ContentHash
from include.ingestion.dataset import Page, SourceRecord, Storage
from include.ingestion.errors import TooManyRejectedError
from include.ingestion.limits import Edge, Limit, Limits
from include.ingestion.page_lines import PayloadLines, TypedLines
from include.ingestion.typed_lines import PLAIN, Lines
from include.ingestion.window import Window
from include.sources.carbon_intensity.datasets import NATIONAL
from include.sources.neso.generation_mix import GENERATION_MIX

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MIDDAY = Window(NOON, NOON + timedelta(hours=1))


class Notification(SourceRecord, frozen=True, kw_only=True):
    """A row with a field of each kind."""

    time_from: datetime = field(name="timeFrom")
    unit: str
    level_mw: Annotated[int, Meta(ge=-9_999, le=9_999)] = field(name="levelFrom")
    price: float | None = None
    cost: Decimal | None = None
    is_final: bool | UnsetType = field(name="isFinal", default=UNSET)
    kind: Literal["PN", "QPN"] | UnsetType = UNSET
    settlement_date: date | None = field(name="settlementDate", default=None)
    starts: time | None = None


DATASET = replace(
    GENERATION_MIX,
    table="raw.test_notifications",
    record=Notification,
    key=("time_from", "unit"),
    window_column="time_from",
    storage=Storage.TYPED_VERSIONS,
    limits=Limits(withdrawn_keys=Limit(0, "none"), edge=Edge(timedelta(minutes=30), timedelta(minutes=30), "edges")),
    transport_columns=("dataset",),
)
PAYLOADS = replace(DATASET, storage=Storage.PAYLOAD_VERSIONS)


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    sound = {"dataset": "PN", "timeFrom": f"2026-01-01T12:{number % 60:02}:00Z", "unit": f"T_{number}", "levelFrom": 5}
    return {name: value for name, value in {**sound, **changes}.items() if value is not UNSET}


def text_of(rows: list[Any]) -> bytes:
    return b"[" + b",".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in rows) + b"]"


def read(lines: Lines) -> list[list[str]]:
    if lines.written_as is PLAIN:
        return [line.replace("\\\\", "\\").split(",") for line in lines.text.decode().split("\n")[:-1]]
    text = io.StringIO(lines.text.decode(), newline="")
    return list(csv.reader(text, doublequote=False, escapechar="\\", strict=True))


def at_once(page: Page, *, is_hashed: bool = True) -> tuple[list[list[str]], RowCheck]:
    checked = RowCheck(DATASET, MIDDAY)
    return read(TypedLines(checked, is_hashed=is_hashed).of(page, ["end", 7])), checked


def one_by_one(page: Page) -> tuple[list[list[str]], RowCheck]:
    """The same rows, each in a page of its own."""
    checked = RowCheck(DATASET, MIDDAY)
    made = TypedLines(checked)
    rows = msgspec.json.decode(page, type=list[msgspec.Raw])
    return [line for each in rows for line in read(made.of([each], ["end", 7]))], checked


def remembered(checked: RowCheck) -> tuple[Any, ...]:
    refused = [each._replace(reason="") for each in checked.rejected]
    return checked.fetched, checked.outside, refused, checked.unknown_columns, checked.is_ascending


# What is usual, other spellings of it, and what no row may hold.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "levelFrom": st.sampled_from([-5, "377", 377.0, 0, "lots", 10**6, None, UNSET]),
        "price": st.sampled_from([1.5, -0.05, 0.05, -0.0, 0, "2e2", 1e300, "nan", "inf", None, "dear"]),
        "cost": st.sampled_from(["1.50", 1.5, None]),
        "isFinal": st.sampled_from([True, "false", None, UNSET]),
        "kind": st.sampled_from(["PN", "MEL", UNSET]),
        "unit": st.sampled_from(["T_0", 'a"b', "c\\d", "\t\n\r", "null", "", "é", '},{"a":', '":', "\0", None]),
        "timeFrom": st.sampled_from(
            ["2026-01-01T12:59:59Z", "2026-01-01T13:00:00Z", "2026-01-01T12:30:00+00:00", 1767268800, "noon"]
        ),
        "settlementDate": st.sampled_from(["2026-01-01", "1 Jan", None]),
        "starts": st.sampled_from(["12:30:00", None]),
        "brandNew": st.sampled_from([1, "x", None, {"deep": 1}]),
    },
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 5), CHANGES), max_size=8))
def test_a_page_is_read_as_each_of_its_rows_would_be(changed):
    page = text_of([row(number, **changes) for number, changes in changed])
    lines, checked = at_once(page)
    expected, row_by_row = one_by_one(page)
    assert lines == expected
    assert remembered(checked) == remembered(row_by_row)
    assert at_once(msgspec.json.decode(page, type=list[msgspec.Raw]))[0] == lines, "however its rows are handed in"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 5), CHANGES), max_size=6))
def test_a_page_of_payloads_is_read_as_each_of_its_rows_would_be(changed):
    rows = [json.dumps(row(number, **changes), indent=1).encode() for number, changes in changed]
    at_once, row_by_row = RowCheck(PAYLOADS, MIDDAY), RowCheck(PAYLOADS, MIDDAY)
    lines = PayloadLines(at_once).of([msgspec.Raw(each) for each in rows]).text
    made = PayloadLines(row_by_row)
    assert lines == b"".join(made.of([msgspec.Raw(each)]).text for each in rows)
    assert remembered(at_once) == remembered(row_by_row)
    assert lines.count(b"\n") == len(rows) - len(at_once.rejected) - at_once.outside


@pytest.mark.parametrize(
    "unusual",
    [
        {"levelFrom": "lots"},
        {"brandNew": "x"},
        {"timeFrom": "2026-01-01T13:00:00Z"},
        {"unit": "\0"},
        b'{"timeFrom": "2026-01-01T12:00:00Z", "unit": "A", "levelFrom": 1, "levelFrom": 2}',
        b'{"timeFrom": "2026-01-01T12:00:00Z", "unit": "A", "levelFrom": 1, "price": 1e-400}',
        b'{"timeFrom": "2026-01-01T12:00:00Z", "unit": "\xff", "levelFrom": 1}',
        b"7",
    ],
)
def test_an_unusual_row_costs_its_page_time_and_its_neighbours_nothing(unusual):
    changed = row(1, **unusual) if isinstance(unusual, dict) else unusual
    lines, checked = at_once(text_of([row(0), changed, row(2)]))
    units = [line[2] for line in lines]
    assert (units[0], units[-1]) == ("T_0", "T_2")
    assert len(lines) + len(checked.rejected) + checked.outside == checked.fetched == 3


def test_a_number_that_is_none_is_neither_null_nor_refused():
    lines, checked = at_once(text_of([row(0, price="nan"), row(1, price="-inf"), row(2, price=1)]))
    assert [line[4] for line in lines] == ["nan", "-inf", "1.0"]
    assert not checked.rejected


def test_columns_are_named_in_the_order_of_a_line():
    [line] = at_once(text_of([row(0, price=2, isFinal=False, brandNew=3)]))[0]
    named = dict(zip(TypedLines(RowCheck(DATASET, MIDDAY), end_columns=["text", "number"]).columns, line, strict=True))
    assert named.pop("content_hash").startswith("\\x")
    assert named == {
        "time_from": "2026-01-01T12:00:00Z",
        "unit": "T_0",
        "level_mw": "5",
        "price": "2.0",
        "cost": "null",
        "is_final": "false",
        "kind": "null",
        "settlement_date": "null",
        "starts": "null",
        "_extra": '{"brandNew":3.0}',
        "text": "end",
        "number": "7",
    }
    [unhashed] = at_once(text_of([row(0)]), is_hashed=False)[0]
    assert len(unhashed) == len(line) - 1


def test_whether_keys_ascend_is_known_over_pages():
    for numbers, expected in (([[0, 1], [2, 3]], True), ([[0, 1], [1, 2]], False), ([[0, 2], [1, 3]], False)):
        checked = RowCheck(DATASET, MIDDAY)
        for page in numbers:
            TypedLines(checked).of(text_of([row(number) for number in page]))
        assert checked.is_ascending is expected


def test_a_small_negative_number_is_not_taken_for_the_positive_one():
    def hashed(price: float) -> bytes:
        record = Notification(time_from=NOON, unit="A", level_mw=1, price=price)
        return ContentHash(Notification, {"unit"}).of(record, {})

    assert hashed(-0.05) != hashed(0.05)
    assert hashed(-0.0) == hashed(0.0)


def test_the_hash_of_what_is_held_already_stays():
    """Another hash would make a revision of every row that any warehouse holds."""
    record = Notification(time_from=NOON, unit="A", level_mw=1, price=-0.0, is_final=True)
    hashing = ContentHash(Notification, {"time_from", "unit"})
    content = b'{"cost":null,"isFinal":true,"levelFrom":1,"price":0.0,"settlementDate":null,"starts":null}'
    assert hashing.of(record, {}) == hashlib.blake2b(content, digest_size=16).digest()
    with_more = content.replace(b'"cost"', b'"brandNew":7.0,"cost"')
    assert hashing.of(record, {"brandNew": 7.0}) == hashlib.blake2b(with_more, digest_size=16).digest()
    assert hashing.of_all([record]) == [hashing.of(record, {}).hex()]


def refused(rows: list[dict[str, Any]]) -> tuple[RowCheck, list[str]]:
    checked = RowCheck(DATASET, MIDDAY)
    TypedLines(checked).of([msgspec.Raw(json.dumps(each).encode()) for each in rows])
    return checked, [each.reason for each in checked.rejected]


def test_a_flood_of_new_columns_is_refused_beyond_some():
    checked, reasons = refused(
        [
            row(1, **{f"new{number}": 1 for number in range(400)}),
            row(2, **{"new": 1}),
            row(3, **{f"newer{number}": 1 for number in range(100)}),
        ]
    )
    assert reasons == ["More than 500 columns are new"]
    assert len(checked.unknown_columns) == 401


@pytest.mark.parametrize("value", [1, [1]])
def test_a_name_that_no_index_could_hold_is_refused(value):
    checked, [reason] = refused([row(1, **{"\x1b[2J\n" * 9_000: value})])
    assert reason == "Name of a column is longer than 200 characters"
    assert not checked.unknown_columns


def test_a_reason_is_a_short_line_whatever_it_quotes():
    _, [reason] = refused([row(1, **{"\x1b[2J\n": [1]})])
    assert reason.isprintable()


def test_refused_rows_are_not_held_without_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check, "MAX_REJECTED_BYTES", 1_000)
    with pytest.raises(TooManyRejectedError, match="1 of 1 rows"):
        refused([row(1, unit=["x" * 1_000])])


def test_an_instant_that_has_none_after_it_is_refused():
    started = {"from": "9999-12-31T23:30Z", "to": "9999-12-31T23:30Z"}
    page = [
        msgspec.Raw(
            json.dumps(started | {"intensity.forecast": 1, "intensity.actual": 1, "intensity.index": "low"})
            .replace("30Z", "30:00Z")
            .encode()
        )
    ]
    checked = RowCheck(NATIONAL, MIDDAY)
    TypedLines(checked).of(page)
    assert [each.reason for each in checked.rejected] == ["date value out of range"]
