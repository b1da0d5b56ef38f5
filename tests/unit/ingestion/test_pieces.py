"""An array is cut into arrays while it arrives, and is the same whatever its cuts."""

import json
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.ingestion.errors import DamagedAnswerError
from include.ingestion.pieces import pieces

# Text that looks like the gap between two rows, or like their end.
GAP_LIKE = st.sampled_from(['},{"a":', "}]", '"', "\\", '\\"},{"a":1', "[", "é✓", ""])
TEXT = st.one_of(st.text('ab"\\{}[],: \né✓', max_size=8), GAP_LIKE)
VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-99, 99), st.just(-1.5e-7), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=5,
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c", 'q"', "}"]), VALUE), max_size=12)
SPACING = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


def cut(text: bytes, at: Iterable[int]) -> Iterator[bytes]:
    """The text in chunks that end at some of its bytes."""
    ends = sorted({min(end, len(text)) for end in at} | {len(text)})
    return (text[start:end] for start, end in zip([0, *ends], ends, strict=False))


def rows_of(chunks: Iterable[bytes], piece_bytes: int) -> list[object]:
    return [row for piece in pieces(chunks, piece_bytes=piece_bytes) for row in json.loads(piece)]


@settings(deadline=None)
@given(ROWS, SPACING, st.lists(st.integers(0, 600)), st.integers(1, 200))
@example([{"a": [{"a": 1}, {"a": 2}]}, {"a": '},{"a":'}], {}, range(200), 1)
def test_any_cut_of_the_bytes_gives_the_same_rows(rows, spacing, at, piece_bytes):
    text = json.dumps(rows, **spacing).encode()
    assert rows_of(cut(text, at), piece_bytes) == rows


@settings(deadline=None)
@given(ROWS.filter(bool), st.data())
def test_an_answer_that_ends_early_is_damage_wherever_it_ends(rows, data):
    text = json.dumps(rows).encode()
    kept = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(DamagedAnswerError, match="no whole array of rows"):
        rows_of(cut(text[:kept], range(0, kept, 7)), 20)


def test_every_piece_is_about_as_large_as_was_asked_for():
    rows = [{"number": number, "text": "x" * 90} for number in range(5_000)]
    cut_up = list(pieces(cut(json.dumps(rows).encode(), range(0, 600_000, 1_000)), piece_bytes=20_000))
    assert [row for piece in cut_up for row in json.loads(piece)] == rows
    assert len(cut_up) > 20
    assert max(map(len, cut_up)) < 21_000


def test_rows_with_nested_rows_are_cut_between_and_not_within_them():
    profile = [{"from": number, "to": number + 1} for number in range(50)]
    rows = [{"unit": number, "profile": profile} for number in range(200)]
    cut_up = list(pieces(cut(json.dumps(rows).encode(), range(0, 400_000, 900)), piece_bytes=10_000))
    assert [row for piece in cut_up for row in json.loads(piece)] == rows
    assert max(map(len, cut_up)) < 20_000


@pytest.mark.parametrize("text", [b"[]", b" [ ] \n", b"\n[\n]"])
def test_an_array_of_none_has_no_pieces(text):
    assert list(pieces([text])) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{}",
        b'{"error": "no"}',
        b"<html>Maintenance</html>",
        b"null",
        b'[{"a": 1}',
        b'[{"a": 1},]',
        b'[{"a": 1}] and more',
        b'[{"a": 1}][{"a": 2}]',
        b"\xff\xfe[\x00]",
    ],
)
def test_what_is_no_whole_array_is_damage_that_is_named_in_one_line(text):
    for at in ([], range(len(text))):
        with pytest.raises(DamagedAnswerError, match="no whole array of rows: it begins") as failure:
            list(pieces(cut(text, at), piece_bytes=4))
        assert str(failure.value).isprintable()


def test_what_is_no_array_is_not_waited_for():
    def endless() -> Iterator[bytes]:
        yield b'{"data": [' + b" " * 4_000 + b'{"a": 1}'
        raise AssertionError("asked for more")

    with pytest.raises(DamagedAnswerError):
        list(pieces(endless(), piece_bytes=1_000))


def test_an_answer_of_any_length_takes_the_memory_of_a_few_pieces():
    row = json.dumps({"number": 1, "text": "x" * 200}).encode()

    def chunks() -> Iterator[bytes]:
        yield b"[" + row
        yield from (b"," + row for _ in range(100_000))
        yield b"]"

    tracemalloc.start()
    try:
        assert sum(piece.count(b"number") for piece in pieces(chunks(), piece_bytes=100_000)) == 100_001
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
