"""Rows that no database gave, for files to be made of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from include.serving.datasets import Attribution
from include.serving.exports.columns import Column
from include.serving.exports.content import Content

AT = datetime(2026, 5, 31, 7, tzinfo=UTC)
CONTENT = Content(
    attributions=(Attribution("Supported by the Tide Office", "Open", "https://tide.test/licence"),),
    exported_at=AT,
    is_simulated=False,
    table="analytics.half_hourly_tides",
    description="Heights of tides, one row per half-hour.",
)


def batch(columns: Sequence[Column], *rows: tuple[Any, ...]) -> pa.RecordBatch:
    """Rows in columns of these types."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(each, column.type) for each, column in zip(values, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([column.field for column in columns]))
