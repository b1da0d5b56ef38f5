"""Values as PostgreSQL's COPY reads them: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2"""

from collections.abc import Iterable
from typing import Any

import msgspec

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


def copy_text(value: Any) -> str:
    """Return a value as one field of a line; what is null or absent is null."""
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    if value is None or value is msgspec.UNSET:
        return _NULL
    # Of numbers, dates, instants and truths PostgreSQL reads what Python writes.
    return str(value)


def copy_fields(values: Iterable[Any]) -> bytes:
    """Return values as the fields of a line, with tabs between them."""
    return "\t".join(map(copy_text, values)).encode()
