"""The CSV download: the whole table as one file, spelt as published."""

from collections.abc import Iterator

import numpy as np

from include.simulator.neso.answer import spell_numbers
from include.simulator.neso.columns import DATETIME
from include.simulator.neso.table import Column, Table

CHUNK_ROWS = 20_000


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Yield the file piece by piece, header first."""
    yield (",".join([DATETIME, *table.columns]) + "\n").encode()
    for begin in range(0, len(table), CHUNK_ROWS):
        part = table.take(np.arange(begin, min(begin + CHUNK_ROWS, len(table))))
        instants = [text.replace("T", part.separator) for text in np.datetime_as_string(part.started_at).tolist()]
        cells = [instants, *(_spelt(column) for column in part.columns.values())]
        yield ("\n".join(map(",".join, zip(*cells, strict=True))) + "\n").encode()


def _spelt(column: Column) -> list[str]:
    if column.decimals is None:
        return [str(value) for value in column.values.tolist()]
    finest = int(column.decimals.max(initial=1))
    spelt = spell_numbers(column.values, column.decimals, as_text=False, finest=finest)
    return ["" if text == "null" else text for text in spelt]
