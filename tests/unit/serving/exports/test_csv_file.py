"""CSV: values as they are, and beside them what they mean."""

from decimal import Decimal

import pyarrow as pa

from include.serving.exports import csv_metadata
from include.serving.exports.columns import Column
from include.serving.exports.csv_file import CsvFile
from tests.exported import AT, CONTENT, batch


def written(tmp_path, columns, *rows):
    file = CsvFile.of(tmp_path / "rows.csv", columns)
    file.write(batch(columns, *rows))
    file.close()
    return (tmp_path / "rows.csv").read_text().splitlines()


def test_null_is_nothing_and_an_empty_text_is_one(tmp_path):
    columns = (Column("fuel", pa.string()), Column("gas_mw", pa.float64()))
    assert written(tmp_path, columns, ("gas", 1.5), ("", None), (None, 0.0)) == [
        '"fuel","gas_mw"',
        '"gas",1.5',
        '"",',
        ",0",
    ]


def test_instants_are_utc_and_decimals_keep_their_places(tmp_path):
    columns = (Column("at", pa.timestamp("us", "UTC")), Column("share_pct", pa.decimal128(5, 2)))
    assert written(tmp_path, columns, (AT, Decimal("12.30")))[1] == "2026-05-31 07:00:00.000000Z,12.30"


def test_a_small_decimal_is_no_power_of_ten(tmp_path):
    columns = (Column("loss_share", pa.decimal128(10, 8)),)
    assert written(tmp_path, columns, (Decimal("0E-8"),), (Decimal("1E-8"),), (None,))[1:3] == [
        '"0.00000000"',
        '"0.00000001"',
    ]


def test_the_metadata_are_those_of_csv_on_the_web():
    columns = (
        Column("height m", pa.float64(), "m", "Height."),
        Column("settlement-day~", pa.date32()),
        Column("at", pa.timestamp("us", "UTC"), "UTC"),
        Column("share_pct", pa.decimal128(5, 2), "%"),
    )
    told = csv_metadata.metadata("tides of May.csv", columns, CONTENT)
    assert told["@context"][0] == "http://www.w3.org/ns/csvw"
    assert told["url"] == "tides%20of%20May.csv"
    assert told["dc:title"] == "analytics.half_hourly_tides"
    assert told["dc:license"] == [{"@id": "https://tide.test/licence", "schema:name": "Open"}]
    assert told["dc:rights"] == ["Supported by the Tide Office"]
    assert told["dc:created"] == {"@value": "2026-05-31T07:00:00Z", "@type": "xsd:dateTime"}
    [height, day, at, share] = told["tableSchema"]["columns"]
    assert height == {
        "name": "height%20m",
        "titles": "height m",
        "dc:description": "Height.",
        "schema:unitText": "m",
        "datatype": "double",
    }
    assert (day["name"], day["datatype"]) == ("settlement%2Dday%7E", "date")
    assert at["datatype"] == {"base": "dateTime", "format": "yyyy-MM-dd HH:mm:ss.SSSSSSX"}
    assert share["datatype"] == "decimal"
