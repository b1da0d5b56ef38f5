"""The hash of a row's typed content, by which a revision is told from a change of spelling."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

HASH_BYTES = 16
_JSON = msgspec.json.Encoder()
_SORTED = msgspec.json.Encoder(order="sorted")
# -0.0 is 0.0; -0.05 is not 0.05.
_MINUS_ZERO = re.compile(rb'(?<=":)-0\.0(?=[,}])')
Values = Callable[[Any], tuple[Any, ...]]


class ContentHash:
    """Hashes records by published name, so that neither order nor spelling nor a new declaration matters.

    Of the fields in `left_out` nothing is hashed, nor of fields that a record has not.
    """

    def __init__(self, record: type[msgspec.Struct], left_out: Collection[str]) -> None:
        fields = sorted(
            (each for each in msgspec.structs.fields(record) if each.name not in left_out),
            key=lambda each: each.encode_name,
        )
        self._values = values_of([each.name for each in fields])
        self._content = msgspec.defstruct(
            "Content", [(each.name, Any, msgspec.field(name=each.encode_name)) for each in fields]
        )

    def of(self, record: msgspec.Struct, unknown: Mapping[str, Any]) -> bytes:
        """Return the hash of a record and of what it has no field for."""
        content = self._content(*self._values(record))
        typed = _SORTED.encode({**msgspec.to_builtins(content), **unknown}) if unknown else _JSON.encode(content)
        return hashlib.blake2b(_without_minus_zero(typed), digest_size=HASH_BYTES).digest()

    def of_all(self, records: Sequence[msgspec.Struct]) -> list[str]:
        """Return the hash of each record in hexadecimal, as `of` gives it."""
        contents = [self._content(*values) for values in map(self._values, records)]
        lines = _without_minus_zero(_JSON.encode_lines(contents)).splitlines()
        return [hashlib.blake2b(line, digest_size=HASH_BYTES).hexdigest() for line in lines]


def values_of(names: Sequence[str]) -> Values:
    """Return what gets the values of some fields of a record, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _without_minus_zero(typed: bytes) -> bytes:
    return _MINUS_ZERO.sub(b"0.0", typed) if b":-0.0" in typed else typed
