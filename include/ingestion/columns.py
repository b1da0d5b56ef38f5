"""The columns of PostgreSQL that a record's fields become."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec.inspect import (
    BoolType,
    DateTimeType,
    DateType,
    DecimalType,
    FloatType,
    IntType,
    LiteralType,
    StrType,
    TimeType,
    Type,
    UnionType,
    type_info,
)
from msgspec.inspect import Metadata as WithMetadata
from msgspec.inspect import NoneType as NullType
from msgspec.structs import FieldInfo

# Text that is JSON, which becomes a column of it.
Json = Annotated[str, msgspec.Meta(extra={"sql_type": "jsonb"})]
SMALLINT, INTEGER, BIGINT = (range(-(2**bits), 2**bits) for bits in (15, 31, 63))
_PLAIN: dict[type[Type], str] = {
    BoolType: "boolean",
    StrType: "text",
    LiteralType: "text",
    FloatType: "double precision",
    DecimalType: "numeric",
    DateTimeType: "timestamptz",
    DateType: "date",
    TimeType: "time",
}


@dataclass(frozen=True)
class Column:
    """A field of a record as a column: our name, the publisher's, and the type in PostgreSQL."""

    name: str
    published_name: str
    sql_type: str
    is_nullable: bool


def columns(record: type[msgspec.Struct]) -> tuple[Column, ...]:
    """Return the columns of a record, in the order of its fields.

    Raises TypeError, naming the field, where its type has no column: records are flat.
    """
    return tuple(map(_column, msgspec.structs.fields(record)))


def _column(field: FieldInfo) -> Column:
    kinds = _kinds(type_info(field.type))
    values = [kind for kind in kinds if not isinstance(kind, NullType)]
    try:
        [sql_type] = {kind if isinstance(kind, str) else _sql_type(kind) for kind in values}
    except (KeyError, ValueError):
        raise TypeError(f"field {field.name}: {field.type} is not the type of a column") from None
    may_be_absent = field.default is msgspec.UNSET
    return Column(field.name, field.encode_name, sql_type, is_nullable=may_be_absent or len(values) < len(kinds))


def _kinds(declared: Type) -> list[Type | str]:
    """Return what a type may be, without what only describes it; where it names a column's type, that."""
    if isinstance(declared, WithMetadata):
        named = (declared.extra or {}).get("sql_type")
        return [named] if named else _kinds(declared.type)
    if isinstance(declared, UnionType):
        return [kind for each in declared.types for kind in _kinds(each)]
    return [declared]


def _sql_type(kind: Type) -> str:
    if isinstance(kind, IntType):
        lowest, highest = _bounds(kind)
        for name, numbers in (("smallint", SMALLINT), ("integer", INTEGER)):
            if lowest in numbers and highest in numbers:
                return name
        return "bigint"
    return _PLAIN[type(kind)]


def _bounds(kind: IntType) -> tuple[int, int]:
    """Return the least and the greatest number a field may hold; without a limit, what a bigint holds."""
    lowest = kind.ge if kind.ge is not None else kind.gt if kind.gt is not None else BIGINT.start
    highest = kind.le if kind.le is not None else kind.lt if kind.lt is not None else BIGINT.stop - 1
    return lowest, highest
