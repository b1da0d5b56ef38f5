"""Elexon's OpenAPI document: what each dataset is called, which parameters it takes and what its rows hold.

https://data.elexon.co.uk/swagger/v1/swagger.json
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from include.ingestion.errors import DamagedAnswerError

# Names of PostgreSQL's column types in the catalogue, by type and format of the document.
KINDS = {
    ("string", "date-time"): "datetime",
    ("string", "date"): "date",
    ("string", None): "text",
    ("integer", "int32"): "int",
    ("integer", "int64"): "bigint",
    ("number", "double"): "float",
    ("number", "float"): "float",
    ("boolean", None): "bool",
    ("array", None): "json",
}
DATASET = re.compile(r"/datasets/(?P<code>[A-Z][A-Z0-9_-]*)(?P<stream>/stream)?")
LIMIT = re.compile(r"(?:maximum (?:data output range|date range|range|limit) of|supports up to) (\d+ \w+)")
_CODE_AT_END = re.compile(r"\s*\([^()]*\)(?:\s+stream)?\s*$")


class Described(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dataset as the document has it. Names of required parameters end with `*`, kinds that may be null with `?`."""

    title: str
    plain: list[str]
    """Parameters of the route that answers with `{"data": [..]}`."""
    stream: list[str] | None = None
    """Parameters of the route that streams an array; None where there is none."""
    longest_window: str | None = None
    """What the plain route takes at most, as its description says."""
    fields: dict[str, str]
    """Kind of each field, by its published name. Every row tells its `dataset` beside these."""


def described(document: Mapping[str, Any]) -> dict[str, Described]:
    """Return every dataset of an OpenAPI document by its code.

    Raises DamagedAnswerError where the document is not what it should be.
    """
    try:
        return dict(_described(document))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DamagedAnswerError(f"the OpenAPI document cannot be read: {error!r}") from error


def _described(document: Mapping[str, Any]) -> Iterator[tuple[str, Described]]:
    paths: Mapping[str, Any] = document["paths"]
    for path, operations in sorted(paths.items()):
        found = DATASET.fullmatch(path)
        if found is None or found["stream"]:
            continue
        plain, stream = operations["get"], paths.get(f"{path}/stream")
        limit = LIMIT.search(" ".join(plain["description"].split()))
        yield (
            found["code"],
            Described(
                title=_CODE_AT_END.sub("", plain["summary"]),
                plain=_parameters(plain),
                stream=_parameters(stream["get"]) if stream else None,
                longest_window=limit[1] if limit else None,
                fields=_fields(document, plain),
            ),
        )


def _parameters(operation: Mapping[str, Any]) -> list[str]:
    return [
        each["name"] + ("*" if each.get("required") else "")
        for each in operation.get("parameters", ())
        if each["name"] != "format"
    ]


def _fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, str]:
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    rows = _resolved(document, answer)["properties"]["data"]["items"]
    properties = _resolved(document, rows)["properties"]
    return {name: _kind(document, schema) for name, schema in properties.items() if name != "dataset"}


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    told = _resolved(document, schema)
    kind = KINDS[told["type"], told.get("format")]
    return f"{kind}?" if schema.get("nullable") or told.get("nullable") else kind
