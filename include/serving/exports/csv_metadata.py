"""What there is to be said of a CSV, in a file beside it, as the W3C's CSV on the Web has it.

Vocabulary: https://www.w3.org/TR/tabular-metadata/ · where it is looked for, `<file>-metadata.json`:
https://www.w3.org/TR/tabular-data-model/#standard-file-metadata. Units have no word of its own: schema.org's is used.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from include.serving.exports.columns import Column
from include.serving.exports.content import Content

CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
INSTANT_FORMAT = "yyyy-MM-dd HH:mm:ss.SSSSSS"


def beside(file: Path) -> Path:
    """Return where the metadata of a CSV stand."""
    return file.with_name(f"{file.name}-metadata.json")


def write(file: Path, columns: Sequence[Column], content: Content) -> None:
    """Write the metadata of a CSV beside it."""
    told = json.dumps(metadata(file.name, columns, content), indent=2, ensure_ascii=False)
    beside(file).write_text(f"{told}\n", encoding="utf-8")


def metadata(name: str, columns: Sequence[Column], content: Content) -> dict[str, Any]:
    """Return what is said of a CSV of this name and of its columns."""
    return {
        "@context": CONTEXT,
        "url": quote(name),
        **_of_table(content),
        # Null is nothing at all, which a reader of the standard cannot tell from a quoted nothing.
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "tableSchema": {"columns": [_of_column(column) for column in columns]},
    }


def _of_table(content: Content) -> dict[str, Any]:
    said = {
        "dc:title": content.table,
        "dc:description": content.description,
        "dc:source": content.query,
        "dc:provenance": content.provenance,
        "dc:rights": [each.text for each in content.attributions],
        "dc:license": [{"@id": each.licence_url, "schema:name": each.licence} for each in content.attributions],
        "dc:created": {"@value": content.facts["exported_at"], "@type": "xsd:dateTime"},
    }
    return {name: value for name, value in said.items() if value}


def _of_column(column: Column) -> dict[str, Any]:
    # A name is part of addresses there; the title is what stands in the file.
    said = {
        "name": quote(column.name, safe="").replace("-", "%2D").replace("~", "%7E"),
        "titles": column.name,
        "dc:description": column.description,
        "schema:unitText": column.unit,
        "datatype": _datatype(column.type),
    }
    return {name: value for name, value in said.items() if value}


def _datatype(kind: pa.DataType) -> str | Mapping[str, str]:
    if pa.types.is_timestamp(kind):
        return {"base": "dateTime", "format": f"{INSTANT_FORMAT}{'X' if kind.tz else ''}"}
    if pa.types.is_decimal(kind):
        return "decimal"
    named = {
        pa.bool_(): "boolean",
        pa.int16(): "short",
        pa.int32(): "int",
        pa.int64(): "long",
        pa.float32(): "float",
        pa.float64(): "double",
        pa.date32(): "date",
    }
    return named.get(kind, "string")
