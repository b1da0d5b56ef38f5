"""What a question to the datastore comes back with: columns of values, already spelt as JSON."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.simulator.neso.columns import KEY_ORDER


@dataclass(frozen=True)
class Field:
    """A column of an answer: its name, PostgreSQL's name of its type, each value as JSON."""

    name: str
    pg_type: str
    values: list[str]


@dataclass(frozen=True)
class Answer:
    """All columns of an answer, in the order in which the table has them."""

    fields: tuple[Field, ...]
    is_truncated: bool = False

    def __len__(self) -> int:
        return len(self.fields[0].values) if self.fields else 0

    def take(self, rows: list[int]) -> "Answer":
        """Return these records, in this order."""
        taken = tuple(replace(field, values=[field.values[row] for row in rows]) for field in self.fields)
        return replace(self, fields=taken)

    def records_json(self) -> str:
        """Return the records as a JSON array; the keys stand in the publisher's order of no meaning."""
        ordered = sorted(self.fields, key=lambda field: _rank(field.name))
        keys = (quoted(field.name).replace("%", "%%") for field in ordered)
        template = "{" + ", ".join(f"{key}: %s" for key in keys) + "}"
        records = [template % values for values in zip(*(field.values for field in ordered), strict=True)]
        return "[" + ", ".join(records) + "]"


def _rank(name: str) -> int:
    return KEY_ORDER.index(name) if name in KEY_ORDER else len(KEY_ORDER)


def quoted(text: str) -> str:
    """Return a text as JSON; plain text takes the short way."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return json.dumps(text)


class NumberSpellings(dict[int, str]):
    """Spells numbers that come as whole steps of 10^-decimals, and remembers what it has spelt."""

    def __init__(self, step_decimals: int, decimals: int, quote: str) -> None:
        super().__init__()
        self._step_decimals = step_decimals
        self._form = f"{quote}{{:.{decimals}f}}{quote}"

    def __missing__(self, steps: int) -> str:
        spelt = self[steps] = self._form.format(steps / 10**self._step_decimals)
        return spelt


def spell_numbers(values: NDArray[Any], decimals: NDArray[np.int8], *, as_text: bool, finest: int) -> list[str]:
    """Return each number as JSON with its own count of decimals (none above `finest`); NaN is null."""
    null = np.isnan(values)
    steps = np.rint(np.where(null, 0, values) * 10**finest).astype(np.int64).tolist()
    quote = '"' if as_text else ""
    spelt = [""] * len(steps)
    for places in np.unique(decimals).tolist():
        spelling = NumberSpellings(finest, places, quote)
        if (decimals == places).all():
            spelt = [spelling[step] for step in steps]
        else:
            for row in np.flatnonzero(decimals == places).tolist():
                spelt[row] = spelling[steps[row]]
    for row in np.flatnonzero(null).tolist():
        spelt[row] = "null"
    return spelt
