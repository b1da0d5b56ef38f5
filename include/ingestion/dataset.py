"""What a source declares of a dataset: what a row is, what an answer speaks for, how it is kept, and for whom.

The raw table and the row of `ops.datasets` follow from it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

import msgspec
from psycopg2 import sql

from include.ingestion.columns import Column, columns
from include.ingestion.due import Asked, Occasion, as_named, look_back_by_days
from include.ingestion.limits import Limits
from include.ingestion.scope import Scope
from include.ingestion.window import Window

# Some rows as published, one by one or as the text of an array.
Page: TypeAlias = Sequence[msgspec.Raw] | bytes
# What is asked is an API, or whatever its intake opens; what is asked for, a scope of the dataset's own making.
Fetch: TypeAlias = Callable[[Any, Any], Iterator[Page]]
Edition: TypeAlias = Callable[[Any], str]


# A record holds nothing that could hold the record, so the garbage collector need not look.
class SourceRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row as its publisher gives it; a field's type, range and presence are its contract."""


class Storage(StrEnum):
    """How `raw` keeps a dataset."""

    PAYLOAD_VERSIONS = "payload versions"
    """Every version of the record as published, as jsonb: for what is light."""
    TYPED_VERSIONS = "typed versions"
    """Every version, in columns of the record's fields: for what is big and revised."""
    REPLACED_WINDOWS = "replaced windows"
    """The last answer for each window, in columns, by month: for what is big and never revised by the row."""


@dataclass(frozen=True)
class Publisher:
    """Who publishes, as readers are told, and where and how fast it may be asked."""

    name: str
    """As in the names of its tables: `neso`."""
    title: str
    url: str
    """Address of its API by default; the setting `<name>_url` counts."""
    attribution: str
    """What its licence asks readers to be told."""
    licence: str
    licence_url: str


@dataclass(frozen=True)
class Shown:
    """A dataset as its readers know it."""

    table: str
    """Table of schema `analytics`."""
    is_view: bool = False
    """Whether it is a view of what raw has of it and is published, made by the migration; else a release makes it."""
    time_column: str | None = None
    """Column that names a row's period by its start; None where rows have no time."""
    measured_column: str | None = None
    """Rows in which it is null are forecasts, and say nothing of how old the dataset is."""
    step: timedelta | None = None
    """How long a period lasts."""
    time_zone: str = "Europe/London"
    """Whose days the dataset is counted by."""
    warn_after: timedelta | None = None
    critical_after: timedelta | None = None
    """How old the newest period may be, counted from its end; None: any age."""


class ToldIn(NamedTuple):
    """A published table that tells of single persons and days, and by which columns."""

    table: str
    pseudonym: str
    day: str


@dataclass(frozen=True)
class Dataset:
    """One dataset of one publisher."""

    table: str
    """Schema and name in the warehouse: `raw.<source>_<dataset>`."""
    title: str
    """Name for readers."""
    publisher: Publisher
    record: type[SourceRecord]
    key: tuple[str, ...]
    """Fields that name a row."""
    fetch: Fetch
    """Yields the rows of a scope, a page at a time, each as published."""
    limits: Limits
    window_column: str | None = None
    """Field by which it is asked for: an instant, or a settlement date; None for what has no time."""
    first_at: datetime | None = None
    """The first instant the publisher has rows of; None where no window can be asked for."""
    routine: Callable[[Occasion, timedelta], Sequence[Scope | Asked]] = look_back_by_days
    """What a run asks for that is not told what for, given its occasion and how far it looks back."""
    named: Callable[[Window, Occasion], Sequence[Scope]] = as_named
    """How a window that somebody named is asked for: in pieces, or whole settlement days, perhaps."""
    edition: Edition | None = None
    """Returns, as text, when the publisher last changed the dataset; None where it does not say."""
    counted: Callable[[Any, Any], int | None] | None = None
    """Returns how many rows the publisher says that it has of a scope, or None where it does not say: an answer of
    fewer is a short one."""
    storage: Storage = Storage.PAYLOAD_VERSIONS
    wins: tuple[str, ...] = ()
    """Of rows with one key, the one with the greatest of these fields counts; without them, rows that differ are
    refused."""
    transport_columns: tuple[str, ...] = ()
    """What the way of asking adds to each row; not published content, and not kept."""
    read_key: Callable[[bytes], tuple[Any, ...] | None] | None = None
    """Returns the key of a row that is refused, where it is not written as the record has it; None if unreadable."""
    unhashed: tuple[str, ...] = ()
    """Fields that are kept, and whose change alone is no revision."""
    is_hashed: bool = True
    """Whether a revision is told by a hash of the content, which costs 17 bytes a row and half of the time of a load;
    else the only field beside the key is compared as it is."""
    is_final: bool = False
    """Whether a row never changes once it is kept: another value for it is an error, and nothing is withdrawn."""
    shown: Shown | None = None
    """As what readers find it; None where it has no published table of its own."""
    is_personal: bool = False
    """Whether its rows tell of persons."""
    person: str | None = None
    """The field that says of whom a row tells, as a number of `raw.pseudonyms`; None where none does."""
    told_in: tuple[ToldIn, ...] = ()
    """Published tables with rows of single persons, which are deleted with what raw has of them."""

    def __post_init__(self) -> None:
        if not self.is_typed and self.window_column is not None and self.window_column not in self.key:
            raise ValueError(f"{self.table}: a table of payloads is asked for by a field of its key")
        if self.storage is Storage.REPLACED_WINDOWS and self.window_column not in self.key:
            raise ValueError(f"{self.table}: a table of windows is asked for by a field of its key")
        if not self.is_hashed and (self.storage is not Storage.TYPED_VERSIONS or len(self.content_columns) != 1):
            raise ValueError(f"{self.table}: only typed versions of one field beside the key can go without a hash")

    @property
    def name(self) -> str:
        """Name in `ops.datasets`."""
        return self.table.removeprefix("raw.")

    @property
    def is_typed(self) -> bool:
        """Whether raw has columns of the record's fields."""
        return self.storage is not Storage.PAYLOAD_VERSIONS

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key, in its order."""
        by_name = {each.name: each for each in columns(self.record)}
        return tuple(by_name[name] for name in self.key)

    @property
    def content_columns(self) -> tuple[Column, ...]:
        """The other columns of a typed table, in the order of the fields."""
        return tuple(each for each in columns(self.record) if each.name not in self.key)

    @property
    def revised_by(self) -> str:
        """The column of a table of versions that differs where a row was revised, and is null where it is withdrawn."""
        return "content_hash" if self.is_hashed else self.content_columns[0].name

    @property
    def own_columns(self) -> tuple[Column, ...]:
        """What is staged of a row beside its key, in columns: its content where raw is typed, else what wins."""
        return tuple(each for each in self.content_columns if self.is_typed or each.name in self.wins)

    @property
    def identifier(self) -> sql.Identifier:
        """The raw table, quoted."""
        return sql.Identifier(*self.table.split("."))
