"""What there is to ask for: the datasets, their parameters and limits, and the members of their rows.

`datasets.json` holds it, in the order of the API's own OpenAPI document. There a parameter with a star must be given, a
member with a question mark may be null; a limit is in hours, with the words of the refusal.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("datasets.json")
# Where a stream takes the very parameters of the plain route.
AS_PLAIN = "plain"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a route: the type is a format of JSON schema, with [] where it may be given several times."""

    name: str
    type: str
    is_required: bool
    example: Any = None


@dataclass(frozen=True)
class Limit:
    """The longest window of a plain route."""

    hours: int
    words: str


@dataclass(frozen=True)
class Dataset:
    """One dataset: routes, parameters and row."""

    code: str
    title: str
    says: str  # what its description tells of limits
    limit: Limit | None
    row: str  # the name of its row in the OpenAPI document
    plain: tuple[Parameter, ...]
    stream: tuple[Parameter, ...] | None  # None: it has no stream
    fields: dict[str, str]

    def parameters(self, *, is_stream: bool) -> tuple[Parameter, ...]:
        return (self.stream or ()) if is_stream else self.plain


@cache
def catalogue() -> dict[str, Dataset]:
    """Return every dataset that has a route, by its code."""
    return {told["code"]: _dataset(told) for told in json.loads(TABLE.read_bytes())}


def _dataset(told: dict[str, Any]) -> Dataset:
    plain = _parameters(told["plain"])
    stream = told["stream"]
    return Dataset(
        code=told["code"],
        title=told["title"],
        says=told["says"],
        limit=Limit(*told["limit"]) if told["limit"] else None,
        row=told["row"],
        plain=plain,
        stream=plain if stream == AS_PLAIN else stream and _parameters(stream),
        fields=told["fields"],
    )


def _parameters(told: dict[str, list[Any]]) -> tuple[Parameter, ...]:
    return tuple(Parameter(name.rstrip("*"), each[0], name.endswith("*"), *each[1:]) for name, each in told.items())
