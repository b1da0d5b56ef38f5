"""The door: each row is read by its contract. What keeps it goes on, hashed; the rest is kept apart."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, lt
from typing import Any, NamedTuple

import msgspec

from include.ingestion.columns import columns
from include.ingestion.content_hash import ContentHash, values_of
from include.ingestion.dataset import Dataset, Page, SourceRecord
from include.ingestion.errors import AnswerOutsideScopeError, TooManyRejectedError
from include.ingestion.scope import Scope
from include.ingestion.told import told
from include.ingestion.window import as_utc

# A publisher whose rows break their contract by the thousand is not read to the end.
MAX_REJECTS = 10_000
# They are held until the load ends, and kept after it.
MAX_REJECTED_BYTES = 64 << 20
EXAMPLE_CHARACTERS = 100
# jsonb can hold neither; see PostgreSQL's documentation, section 8.14.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# Neither PostgreSQL's double precision nor its numeric takes 1e-20000, which reads as 0 elsewhere.
_TINY = re.compile(rb"-[0-9]{3}(?<=[0-9.][eE]-[0-9]{3})")
_ZEROS = b"0" * 100
_NO_MARKS = bytes(each for each in range(256) if each not in b'":')
Scalar = str | int | float | bool | None
UNKNOWN_VALUE_CHARACTERS = 10_000
# Each is told of, and kept for good. Longer names fit no index.
MOST_UNKNOWN_COLUMNS = 500
UNKNOWN_NAME_CHARACTERS = 200
# What else may come of reading a row: an instant in the year 9999 has no half-hour after it.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError)
LARGEST_UNKNOWN_NUMBER = 1e300


class AcceptedRow(NamedTuple):
    """A row that keeps its contract: its key, further values, the hash of its typed content, and it as published."""

    key: tuple[Any, ...]
    values: tuple[Any, ...]
    """Of the fields that have columns of their own beside the key."""
    content_hash: bytes
    published: bytes
    unknown: Mapping[str, Scalar]
    """What the record has no field for."""


class RejectedRow(NamedTuple):
    """A row that was refused, with the reason, and the key it stands for where that could be read."""

    reason: str
    published: bytes
    key: tuple[Any, ...] | None = None
    observed_at: datetime | None = None
    """The instant it speaks of, where that could be read and was asked for."""


@dataclass
class RowCheck:
    """Reads the rows of one scope; remembers what was refused or left out, which columns were new, and whether keys
    ascended."""

    dataset: Dataset
    scope: Scope

    def __post_init__(self) -> None:
        self.fetched = 0
        self.outside = 0
        self.rejected: list[RejectedRow] = []
        self._rejected_bytes = 0
        self.unknown_columns: dict[str, str] = {}
        # Keys with nulls have no order.
        self.is_ascending = not any(each.is_nullable for each in self.dataset.key_columns)
        self._newest_key: tuple[Any, ...] = ()
        self._published_key = {each.name: each.published_name for each in columns(self.dataset.record)}
        self._key = values_of(self.dataset.key)
        self._values = values_of([each.name for each in self.dataset.own_columns])
        self.as_sent = _with_transport_columns(self.dataset)
        fields = msgspec.structs.fields(self.as_sent)
        self._most_columns = len(fields)
        self._optional = [attrgetter(each.name) for each in fields if not each.required]
        self.content_hash = ContentHash(self.dataset.record, {*self.dataset.key, *self.dataset.unhashed})
        self._exact = msgspec.json.Decoder(self.as_sent, strict=False)
        self._read_key = self.dataset.read_key or _key_reader(self.dataset)
        self._tolerant = msgspec.json.Decoder(self.dataset.record, strict=False)

    def accepted(self, page: Page) -> Iterator[AcceptedRow]:
        """Yield the page's rows that keep their contract and are of the scope.

        Raises TooManyRejectedError past all patience, and AnswerOutsideScopeError where the answer reaches further
        than the dataset's edge.
        """
        for row in rows(page):
            self.fetched += 1
            published = bytes(row)
            try:
                accepted = self._read(published)
            except UNREADABLE as error:
                self._reject(published, str(error))
            else:
                if accepted is not None:
                    yield accepted

    def _read(self, published: bytes) -> AcceptedRow | None:
        """Return the row, or None where it lies at the edge of the scope."""
        if reason := unstorable(published):
            raise msgspec.ValidationError(reason)
        unknown: dict[str, Scalar] = {}
        try:
            record = self._exact.decode(published)
        except msgspec.ValidationError:
            record, unknown = self._read_unusual(published)
            _refuse_repeated(published)
        else:
            absent = [value(record) for value in self._optional].count(msgspec.UNSET)
            if _count_names(published) != self._most_columns - absent:
                _refuse_repeated(published)
        if not self.scope.holds(record, self.dataset.window_column):
            self._leave_out(record)
            return None
        key = self._key(record)
        self.is_ascending = self.is_ascending and self._newest_key < key
        self._newest_key = key
        return AcceptedRow(key, self._values(record), self.content_hash.of(record, unknown), published, unknown)

    def may_repeat_names(self, published: bytes, records: Sequence[SourceRecord]) -> bool:
        """Tell whether any of the rows that were read from a text might have named a column twice."""
        absent = sum(list(map(value, records)).count(msgspec.UNSET) for value in self._optional)
        return _count_names(published) != self._most_columns * len(records) - absent

    def take(self, records: Sequence[SourceRecord], *, outside: int = 0) -> None:
        """Count rows that were found sound, all of them of the scope and of known columns, without reading them.

        So many others beside them lay at its edge.
        """
        self.fetched += len(records) + outside
        self.outside += outside
        if self.is_ascending:
            keys = [self._newest_key, *map(self._key, records)]
            self.is_ascending = all(map(lt, keys, keys[1:]))
            self._newest_key = keys[-1]

    def _leave_out(self, record: SourceRecord) -> None:
        """Count a row at the edge of the scope; refuse it, or the answer, where it lies elsewhere."""
        column = self.dataset.window_column
        instant = self.scope.instant(record, column)
        if self.dataset.limits.edge is None or self.scope.covers is None or instant is None:
            name = self._published_key.get(column or "", column)
            raise msgspec.ValidationError(f"Outside the window that was asked for - at `$.{name}`")
        if not self.is_at_edge(record):
            raise AnswerOutsideScopeError(f"{self.dataset.name}: asked for {self.scope}, got a row of {instant}")
        self.outside += 1

    def is_at_edge(self, record: SourceRecord) -> bool:
        """Tell whether a record that is not of the scope lies near enough to be left out."""
        edge, window = self.dataset.limits.edge, self.scope.covers
        instant = self.scope.instant(record, self.dataset.window_column)
        if edge is None or window is None or instant is None:
            return False
        return window.start - edge.before <= instant < window.end + edge.after

    def _read_unusual(self, published: bytes) -> tuple[SourceRecord, dict[str, Scalar]]:
        """Read a row that is not of the known shape: wrong, or with columns that are new."""
        record = self._tolerant.decode(published)
        known = {*self._published_key.values(), *self.dataset.transport_columns}
        unknown = {name: value for name, value in msgspec.json.decode(published).items() if name not in known}
        if not unknown:  # a column that the way of asking adds is not what it should be
            self._exact.decode(published)
        unknown = {_name(name): _scalar(name, value) for name, value in unknown.items()}
        if len(self.unknown_columns.keys() | unknown.keys()) > MOST_UNKNOWN_COLUMNS:
            raise msgspec.ValidationError(f"More than {MOST_UNKNOWN_COLUMNS:,} columns are new")
        for name, value in unknown.items():
            self.unknown_columns.setdefault(name, str(value)[:EXAMPLE_CHARACTERS])
        return record, unknown

    def _reject(self, published: bytes, reason: str) -> None:
        key = self._read_key(published)
        self.rejected.append(RejectedRow(told(reason), published, key, self.observed_at(key)))
        self._rejected_bytes += len(published)
        if len(self.rejected) > MAX_REJECTS or self._rejected_bytes > MAX_REJECTED_BYTES:
            raise TooManyRejectedError(too_many_rejected(self.fetched, self.rejected))

    def observed_at(self, key: tuple[Any, ...] | None) -> datetime | None:
        """Return the instant a refused row speaks of, if that much of it can be read and it was asked for."""
        covers, column = self.scope.covers, self.dataset.window_column
        if key is None or covers is None or column not in self.dataset.key:
            return None
        instant = key[self.dataset.key.index(column)]
        return instant if isinstance(instant, datetime) and instant in covers else None


def rows(page: Page) -> Sequence[msgspec.Raw]:
    """Return the rows of a page, each as published."""
    return msgspec.json.decode(page, type=list[msgspec.Raw]) if isinstance(page, bytes) else page


def unstorable(published: bytes) -> str | None:
    """Return why PostgreSQL could not hold what is JSON all the same, where it could not."""
    if b"\\" in published and _NUL.search(published):
        return "Text with \\u0000 cannot be stored"
    if _ZEROS in published or _TINY.search(published):
        return "Number is too small for a double-precision number"
    return None


def _count_names(published: bytes) -> int:
    """Return how many names of columns a text holds, or more."""
    # Of a known name and what follows it, this leaves `"":`; text may leave that too, so it proves nothing.
    return published.translate(None, _NO_MARKS).count(b'"":')


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


def _name(name: str) -> str:
    """Return an unknown column's name, if it is one that can be kept."""
    if len(name) > UNKNOWN_NAME_CHARACTERS:
        raise msgspec.ValidationError(f"Name of a column is longer than {UNKNOWN_NAME_CHARACTERS:,} characters")
    return name


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


def _key_reader(dataset: Dataset) -> Callable[[bytes], tuple[Any, ...] | None]:
    """Return what reads no more than the key of a row, for rows that are refused."""
    fields = {each.name: each for each in msgspec.structs.fields(dataset.record)}
    key = [(name, fields[name].type, msgspec.field(name=fields[name].encode_name)) for name in dataset.key]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Key", key), strict=False)

    def read(published: bytes) -> tuple[Any, ...] | None:
        try:
            values = msgspec.structs.astuple(decoder.decode(published))
            return tuple(as_utc(value) if isinstance(value, datetime) else value for value in values)
        except (*UNREADABLE, ValueError):
            return None

    return read
