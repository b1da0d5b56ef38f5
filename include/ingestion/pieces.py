"""An array of rows, cut into arrays of about a megabyte while it arrives: no answer is ever held whole."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from include.ingestion.errors import DamagedAnswerError

PIECE_BYTES = 1 << 20
# Where the last gap between two rows is looked for; a row is seldom longer.
TAIL_BYTES = 1 << 16
# Nested rows and text may look like the gap between two rows; beyond so many, more is waited for.
GAPS_TRIED = 8
EXCERPT_BYTES = 80
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_FIRST_NAME = re.compile(rb'\s*\[\s*\{\s*("(?:[^"\\]|\\.)*")\s*:')


def pieces(chunks: Iterable[bytes], *, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the rows of an array, `[{..},{..}]`, as arrays of about `piece_bytes`; nothing for an array of none.

    Raises DamagedAnswerError where what comes is no array of rows, and where it ends before its `]`.
    """
    held, wanted = bytearray(), piece_bytes
    for chunk in chunks:
        held += chunk
        if len(held) < wanted:
            continue
        wanted += piece_bytes
        for gap in _gaps(held):
            piece = bytes(held[: gap.start(1)]) + b"]"
            # A gap within a nested row or within text leaves no array before it.
            if _is_array(piece):
                yield piece
                held, wanted = bytearray(b"[") + held[gap.end(1) :], piece_bytes
                break
    last = bytes(held)
    if not _is_array(last):
        raise _damage(last)
    if _ROWS.decode(last):
        yield last


def _gaps(held: bytearray) -> "list[re.Match[bytes]]":
    """Return what may be the last gaps between two rows, the last one first."""
    if not b"[".startswith(held.lstrip()[:1]):
        raise _damage(held)
    first = _FIRST_NAME.match(held)
    if first is None:
        return []
    # Objects within rows seldom begin with the name that rows begin with.
    between = re.compile(rb"\}(\s*,\s*)\{\s*%b\s*:" % re.escape(first[1]))
    gaps = list(between.finditer(held, max(0, len(held) - TAIL_BYTES)))
    return gaps[: -GAPS_TRIED - 1 : -1]


def _is_array(text: bytes) -> bool:
    try:
        _ROWS.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _damage(text: bytes | bytearray) -> DamagedAnswerError:
    begins = " ".join(text[:EXCERPT_BYTES].decode("utf-8", "backslashreplace").split())
    ends = " ".join(text[-EXCERPT_BYTES:].decode("utf-8", "backslashreplace").split())
    return DamagedAnswerError(f"the answer is no whole array of rows: it begins {begins!r} and ends {ends!r}")
