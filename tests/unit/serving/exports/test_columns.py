"""What a column is in a file is said by the cursor alone."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

from include.serving.exports.columns import Column, arrow_type

INTEGER, NUMERIC, TIMESTAMPTZ, TIME, DOUBLE_ARRAY = 23, 1700, 1184, 1083, 1022


def described(oid: int, precision: int | None = None, scale: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(type_code=oid, precision=precision, scale=scale)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (described(INTEGER), pa.int32()),
        (described(TIMESTAMPTZ), pa.timestamp("us", "UTC")),
        (described(NUMERIC, 5, 2), pa.decimal128(5, 2)),
        (described(NUMERIC, 39, 0), pa.decimal256(39, 0)),
        # Without a precision, with more digits than Arrow has, and with scales that Parquet has not: -2 and 5 of 2.
        (described(NUMERIC), pa.string()),
        (described(NUMERIC, 77, 0), pa.string()),
        (described(NUMERIC, 5, 2046), pa.string()),
        (described(NUMERIC, 2, 5), pa.string()),
        (described(TIME), pa.string()),
        (described(DOUBLE_ARRAY), pa.string()),
    ],
)
def test_a_type_of_postgresql_is_one_of_arrow_that_holds_all_its_values(column, kind):
    assert arrow_type(column) == kind


def test_what_is_not_said_of_a_column_is_left_out():
    assert Column("fuel_code", pa.string()).field.metadata in (None, {})
    assert Column("gas_mw", pa.float64(), "MW").field.metadata == {b"unit": b"MW"}
