"""Nested answers become flat rows, of which nothing is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingestion import nested
from include.ingestion.errors import DamagedAnswerError, OversizedAnswerError
from include.ingestion.nested import as_list, flat, parse, with_seconds, within

NESTED = b"""{"data": [{"from": "2026-05-05T12:00Z", "intensity": {"forecast": 1, "new": {"deep": null}},
    "generationmix": [{"fuel": "gas", "perc": 28.9}, {"fuel": "wind", "perc": 3}]}]}"""


def rows_of(body: bytes) -> list[list[tuple[str, object]]]:
    return [json.loads(bytes(row), object_pairs_hook=list) for row in flat(as_list(parse(body)["data"]))]


def test_inner_names_are_dotted_and_lists_of_named_values_are_taken_for_objects():
    assert rows_of(NESTED) == [
        [
            ("from", "2026-05-05T12:00Z"),
            ("intensity.forecast", 1),
            ("intensity.new.deep", None),
            ("generationmix.gas", 28.9),
            ("generationmix.wind", 3),
        ]
    ]


def test_what_stands_beside_a_named_value_comes_under_its_name():
    [row] = rows_of(
        b'{"data": [{"mix": [{"fuel": "gas", "perc": 1, "trend": {"up": 2}}, {"fuel": "wind", "perc": 3}]}]}'
    )
    assert row == [("mix.gas", 1), ("mix.gas.trend.up", 2), ("mix.wind", 3)]


def test_a_name_that_comes_twice_stays_twice():
    [row] = rows_of(b'{"data": [{"intensity": {"actual": 1, "actual": 2}}]}')
    assert row == [("intensity.actual", 1), ("intensity.actual", 2)]


@pytest.mark.parametrize("body", [b"{}", b'{"data": {}}', b'{"data": []}', b'{"data": [1]}', b"[]", b"", b"<html>"])
def test_an_answer_without_rows_is_damaged(body):
    with pytest.raises(DamagedAnswerError):
        rows_of(body)


def test_objects_of_an_inner_list_are_rows_with_what_is_said_beside_it():
    told = [{"from": 1, "regions": [{"id": 1, "mix": {"gas": 2}}, {"id": 2}]}, {"from": 2, "regions": [{"id": 1}]}]
    half_hours = as_list(parse(json.dumps({"data": told}).encode())["data"])
    rows = [json.loads(bytes(row)) for row in flat(within(half_hours, "regions"))]
    assert rows == [{"from": 1, "id": 1, "mix.gas": 2}, {"from": 1, "id": 2}, {"from": 2, "id": 1}]


@pytest.mark.parametrize("row", [b"{}", b'{"regions": []}', b'{"regions": {}}', b'{"regions": null}'])
def test_a_row_without_its_inner_list_is_damaged(row):
    with pytest.raises(DamagedAnswerError):
        list(within(as_list(parse(b'{"data": [%b]}' % row)["data"]), "regions"))


@pytest.mark.parametrize(
    ("told", "in_full"),
    [
        ("2018-01-01T00:30Z", "2018-01-01T00:30:00Z"),
        *((each, each) for each in ("2018-01-01T00:30:00Z", "2018-01-01", "soon", None, 7)),
    ],
)
def test_seconds_are_added_where_they_are_left_out(told, in_full):
    rows = as_list(parse(json.dumps({"data": [{"from": told, "note": told}]}).encode())["data"])
    assert json.loads(bytes(flat(with_seconds(rows, "from"))[0])) == {"from": in_full, "note": told}


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(scalars, lambda inner: st.dictionaries(st.text(), inner, min_size=1), max_leaves=8))
def test_every_value_is_still_there(value):
    [row] = rows_of(json.dumps({"data": [{"value": value}]}).encode())
    assert [each for _, each in row] == leaves(value)


def leaves(value: object) -> list[object]:
    return [leaf for each in value.values() for leaf in leaves(each)] if isinstance(value, dict) else [value]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [{"%b": {%b}}]}' % (b"x" * 100_000, b",".join(b'"%d": 1' % number for number in range(100))),
        b'{"data": [%b1%b]}' % (b'{"%b":' % (b"x" * 2_000) * 500, b"}" * 500),
        b'{"data": [{"mix": [%b]}]}' % b",".join([b'{"fuel": "%b", "perc": 1}' % (b"x" * 2_000)] * 100),
    ],
)
def test_long_names_are_not_repeated_below_themselves(body):
    with pytest.raises(DamagedAnswerError, match="a name of more than 1,000 characters"):
        rows_of(body)


def test_what_stands_above_many_rows_is_repeated_within_limits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nested, "MOST_FLAT_CHARACTERS", 100_000)
    body = b'{"data": [{"text": "%b", "regions": [%b]}]}' % (b"x" * 1_000, b",".join([b'{"a": 1}'] * 1_000))
    with pytest.raises(OversizedAnswerError, match="100,000 characters"):
        flat(within(as_list(parse(body)["data"]), "regions"))


def test_values_that_take_far_more_memory_than_they_came_in_are_counted_first():
    with pytest.raises(OversizedAnswerError, match="2,000,000 values"):
        parse(b'{"data": [%b{}]}' % (b"{}," * 1_000_000))
