"""The door: each row is read by its contract. What keeps it goes on, hashed; the rest is kept apart."""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from include.ingestion.dataset import Dataset, Page, SourceRecord
from include.ingestion.errors import TooManyRejectedError
from include.ingestion.window import Window, as_utc

# A publisher whose rows break their contract by the thousand is not read to the end.
MAX_REJECTS = 10_000
HASH_BYTES = 16
EXAMPLE_CHARACTERS = 100
# jsonb can hold neither; see PostgreSQL's documentation, section 8.14.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# Neither PostgreSQL's double precision nor its numeric takes 1e-20000, which reads as 0 elsewhere.
_TINY = re.compile(rb"-[0-9]{3}(?<=[0-9.][eE]-[0-9]{3})")
_ZEROS = b"0" * 100
_NO_MARKS = bytes(each for each in range(256) if each not in b'":')
Scalar = str | int | float | bool | None
UNKNOWN_VALUE_CHARACTERS = 10_000
LARGEST_UNKNOWN_NUMBER = 1e300


class AcceptedRow(NamedTuple):
    """A row that keeps its contract: its key, the hash of its typed content, and the row as published."""

    key: tuple[Any, ...]
    content_hash: bytes
    published: bytes


class RejectedRow(NamedTuple):
    """A row that was refused, with the reason, and the instant it speaks of where that could be read."""

    reason: str
    published: bytes
    observed_at: datetime | None


@dataclass
class RowCheck:
    """Reads the rows of one window; remembers what was refused, which columns were new, and whether keys ascended."""

    dataset: Dataset
    window: Window

    def __post_init__(self) -> None:
        self.fetched = 0
        self.rejected: list[RejectedRow] = []
        self.unknown_columns: dict[str, str] = {}
        self.is_ascending = True
        self._newest_key: tuple[Any, ...] = ()
        self._published_key = _published_names(self.dataset.record)
        as_sent = _with_transport_columns(self.dataset)
        self._most_columns = len(msgspec.structs.fields(as_sent))
        self._optional = tuple(each.name for each in msgspec.structs.fields(as_sent) if not each.required)
        self._left_out = (*self.dataset.key, *map(_attribute, self.dataset.transport_columns))
        self._exact = msgspec.json.Decoder(as_sent, strict=False)
        self._tolerant = msgspec.json.Decoder(self.dataset.record, strict=False)
        self._window_name = self._published_key[self.dataset.window_column]

    def accepted(self, page: Page) -> Iterator[AcceptedRow]:
        """Yield the page's rows that keep their contract. Raises TooManyRejectedError past all patience."""
        for row in page:
            self.fetched += 1
            published = bytes(row)
            try:
                yield self._read(published)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self._reject(published, str(error))

    def _read(self, published: bytes) -> AcceptedRow:
        if b"\\" in published and _NUL.search(published):
            raise msgspec.ValidationError("Text with \\u0000 cannot be stored")
        if _ZEROS in published or _TINY.search(published):
            raise msgspec.ValidationError("Number is too small for a double-precision number")
        try:
            record = self._exact.decode(published)
        except msgspec.ValidationError:
            record, unknown = self._read_unusual(published)
            _refuse_repeated(published)
        else:
            unknown = {}
            columns = self._most_columns - [getattr(record, name) for name in self._optional].count(msgspec.UNSET)
            # Of a known name and what follows it, this leaves `"":`; text may leave that too, so it proves nothing.
            if published.translate(None, _NO_MARKS).count(b'"":') != columns:
                _refuse_repeated(published)
        key = tuple(getattr(record, name) for name in self.dataset.key)
        if key[0] not in self.window:
            raise msgspec.ValidationError(f"Outside the window that was asked for - at `$.{self._window_name}`")
        if key <= self._newest_key:
            self.is_ascending = False
        self._newest_key = key
        return AcceptedRow(key, _content_hash(record, self._left_out, unknown), published)

    def _read_unusual(self, published: bytes) -> tuple[SourceRecord, dict[str, Scalar]]:
        """Read a row that is not of the known shape: wrong, or with columns that are new."""
        record = self._tolerant.decode(published)
        known = {*self._published_key.values(), *self.dataset.transport_columns}
        unknown = {name: value for name, value in msgspec.json.decode(published).items() if name not in known}
        if not unknown:  # a column that the way of asking adds is not what it should be
            self._exact.decode(published)
        unknown = {name: _scalar(name, value) for name, value in unknown.items()}
        for name, value in unknown.items():
            self.unknown_columns.setdefault(name, str(value)[:EXAMPLE_CHARACTERS])
        return record, unknown

    def _reject(self, published: bytes, reason: str) -> None:
        self.rejected.append(RejectedRow(reason, published, self._observed_at(published)))
        if len(self.rejected) > MAX_REJECTS:
            raise TooManyRejectedError(too_many_rejected(self.fetched, self.rejected))

    def _observed_at(self, published: bytes) -> datetime | None:
        """Return the instant a refused row speaks of, if that much of it can be read."""
        try:
            value = msgspec.json.decode(published)[self._window_name]
            instant = as_utc(msgspec.convert(value, datetime, strict=False))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError, ValueError):
            return None
        return instant if instant in self.window else None


def _refuse_repeated(published: bytes) -> None:
    """Refuse a row that names a column twice, of which every reader would silently take the last."""
    names = json.loads(published, object_pairs_hook=_names, parse_int=str, parse_float=str, strict=False)
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise msgspec.ValidationError(f"Column came more than once - at `$.{repeated[0]}`")


def _names(columns: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in columns]


def too_many_rejected(fetched: int, rejected: Iterable[RejectedRow]) -> str:
    """Say how many rows were refused, and for what most of all."""
    reasons = Counter(row.reason for row in rejected)
    reason, _ = reasons.most_common(1)[0]
    count = reasons.total()
    return f"{count:,} of {fetched:,} rows ({count / fetched:.1%}) break their contract, most often: {reason}"


def _content_hash(record: SourceRecord, left_out: tuple[str, ...], unknown: dict[str, Scalar]) -> bytes:
    """Hash the typed content, by published name, so that neither order nor spelling nor a new declaration matters."""
    for name in left_out:
        if hasattr(record, name):
            msgspec.structs.force_setattr(record, name, msgspec.UNSET)
    content: Any = {**msgspec.to_builtins(record), **unknown} if unknown else record
    typed = _CONTENT.encode(content)
    if b"-" in typed:
        typed = typed.replace(b":-0.0", b":0.0")
    return hashlib.blake2b(typed, digest_size=HASH_BYTES).digest()


_CONTENT = msgspec.json.Encoder(order="sorted")


def _scalar(name: str, value: object) -> Scalar:
    """Return an unknown column's value, as a number where it reads as one."""
    if value is not None and not isinstance(value, str | int | float):
        raise msgspec.ValidationError(f"Expected a single value, got `{type(value).__name__}` - at `$.{name}`")
    if isinstance(value, str) and len(value) > UNKNOWN_VALUE_CHARACTERS:
        raise msgspec.ValidationError(f"Text is longer than {UNKNOWN_VALUE_CHARACTERS:,} characters - at `$.{name}`")
    if isinstance(value, int | float) and not abs(value) < LARGEST_UNKNOWN_NUMBER:
        raise msgspec.ValidationError(f"Number is beyond {LARGEST_UNKNOWN_NUMBER:g} - at `$.{name}`")
    if isinstance(value, bool) or value is None:
        return value
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return number if math.isfinite(number) else str(value)


def _published_names(record: type[SourceRecord]) -> dict[str, str]:
    return {field.name: field.encode_name for field in msgspec.structs.fields(record)}


def _attribute(column: str) -> str:
    return f"transport{column}" if column.startswith("_") else f"transport_{column}"


def _with_transport_columns(dataset: Dataset) -> Any:
    """Return the record's type with the transport's columns beside its own, and no place for any other."""
    added: list[tuple[str, Any, Any]] = [
        (_attribute(column), Scalar | msgspec.UnsetType, msgspec.field(name=column, default=msgspec.UNSET))
        for column in dataset.transport_columns
    ]
    return msgspec.defstruct(
        f"{dataset.record.__name__}AsSent",
        added,
        bases=(dataset.record,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
