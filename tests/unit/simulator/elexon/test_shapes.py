"""Routes, rows and documents have the recorded shapes."""

import csv
import json
from datetime import UTC, datetime

import pytest

from include.simulator.elexon.asking import Asked, within
from include.simulator.elexon.catalogue import catalogue
from include.simulator.elexon.datasets import SERIES
from include.simulator.elexon.holdings import Holdings
from include.simulator.elexon.recorded import Recordings
from include.simulator.elexon.series import Periods
from include.simulator.elexon.world import World

NOON_S = int(datetime(2026, 5, 31, 12, tzinfo=UTC).timestamp())
YESTERDAY = (("2026-05-30", 1), ("2026-05-30", 20))
WITHOUT_STREAM = {"FOU2T14D", "FOU2T3YW", "NOU2T14D", "NOU2T3YW", "INDO", "ITSDO", "TEMP"}
TYPES = {
    "string": str, "date": str, "date-time": str, "int32": int, "int64": int, "double": float, "boolean": bool,
    "array": list,
}  # fmt: skip
# A body of a route that is not played, and what is compared apart.
# What a schema says that is no type.
SAID_BESIDE = ("example", "readOnly")
OTHER_SAMPLES = ("market_depth", "one_record_2025", "system_prices", "bmunits_reference")


@pytest.fixture(scope="module")
def holdings():
    return Holdings(World(0, NOON_S, 100), 0, catalogue(), Recordings())


def kinds(row):
    """Return the JSON type of each member that is not null."""
    return {name: type(value) for name, value in row.items() if value is not None}


def latest(holdings, code):
    rows = list(holdings.rows(code, Asked(None, ())))
    assert rows, code
    return rows


def test_every_dataset_has_rows_of_its_members_and_types(holdings):
    assert len(catalogue()) == 82
    for code, dataset in catalogue().items():
        for row in latest(holdings, code):
            if code != "REMIT":  # which leaves out what has no value
                assert list(row) == list(dataset.fields)
            assert kinds(row) == {name: TYPES[dataset.fields[name].rstrip("?")] for name in kinds(row)}, code
            assert all(kind.endswith("?") for name, kind in dataset.fields.items() if row.get(name) is None), code


def test_a_row_of_every_sample_has_the_recorded_members_and_types(holdings, recorded):
    compared = 0
    for path in (recorded / "samples").glob("*.json"):
        if path.stem not in OTHER_SAMPLES:
            told = json.loads(path.read_text())["data"]
            code = catalogue().get(told[0]["dataset"]) or catalogue()["LOLPDRM"]
            rows = latest(holdings, code.code)
            named = {name for row in rows for name in kinds(row)}
            optional = {name for name, kind in code.fields.items() if kind.endswith("?")}
            for sample in told:
                assert named - set(sample) <= optional, path
                assert any(kinds(sample).items() <= kinds(row).items() for row in rows), path
                compared += 1
    assert compared == 44


def test_a_record_of_every_dataset_noted_in_2025_has_the_types_of_a_row(holdings, recorded):
    told = json.loads((recorded / "samples" / "one_record_2025.json").read_text())["records"]

    for code, sample in told.items():
        rows = latest(holdings, code)
        if isinstance(SERIES[code], Periods):
            rows += holdings.rows(code, Asked(within(*YESTERDAY, SERIES[code]), ()))
        types = {(name, kind) for row in rows for name, kind in kinds(row).items()}
        assert set(kinds(sample).items()) <= types, code
    assert len(told) == 33


def test_system_prices_and_bm_units_have_the_recorded_members_and_types(shared_client, recorded):
    samples = {name: json.loads((recorded / "samples" / f"{name}.json").read_text()) for name in OTHER_SAMPLES}
    prices = shared_client.get("balancing/settlement/system-prices/2026-05-30").json()
    units = shared_client.get("reference/bmunits/all").json()

    assert prices["metadata"] == samples["system_prices"]["metadata"]
    for sample, rows in (
        (samples["system_prices"]["data"][0], prices["data"]),
        (samples["bmunits_reference"][0], units),
    ):
        assert {tuple(row) for row in rows} == {tuple(sample)}
        assert any(kinds(sample).items() <= kinds(row).items() for row in rows)


def test_bodies_are_enveloped_and_streams_are_bare(shared_client):
    day = {"from": "2026-05-20T00:00Z", "to": "2026-05-20T00:00Z"}

    assert shared_client.get("datasets/MID", **day).text.startswith('{"data":[{"dataset":"MID",')
    assert shared_client.get("datasets/MID/stream", **day).text.startswith('[{"dataset":"MID",')
    assert shared_client.get("datasets/FUELHH").text.startswith('{"metadata":null,"data":[{"dataset":"FUELHH",')
    assert isinstance(shared_client.get("reference/interconnectors/all").json(), list)
    assert shared_client.get("health").status_code == 200


def test_no_rows_are_eleven_bytes_or_two(shared_client, recorded):
    nowhen = {"publishDateTimeFrom": "2026-05-20T00:00Z", "publishDateTimeTo": "2026-05-20T03:00Z"}

    for code in ("NDFD", "WINDFOR", "TEMP", "INDOD", "TSDFD"):
        assert shared_client.get(f"datasets/{code}", **nowhen).content == b'{"data":[]}'
    assert shared_client.get("datasets/NDFD/stream", **nowhen).content == b"[]"
    assert json.loads((recorded / "errors" / "200_empty.json").read_text()) == {"data": []}


@pytest.mark.parametrize(
    "path", ["datasets/OCNMFW", "datasets/SAA-I062", "datasets/LOLPDM", "datasets", "demand/outturn"]
)
def test_what_has_no_route_is_not_found(shared_client, path):
    assert shared_client.get(path).status_code == 404


def test_seven_datasets_have_no_stream(shared_client):
    assert {code for code, dataset in catalogue().items() if dataset.stream is None} == WITHOUT_STREAM
    for code in WITHOUT_STREAM:
        assert shared_client.get(f"datasets/{code}/stream").status_code == 404


def test_the_list_has_the_recorded_names_in_order_and_the_newest_publication(shared_client, recorded):
    with (recorded / "metadata" / "datasets_metadata_codes_2025-10-26.csv").open(newline="") as file:
        names = [row["dataset"] for row in csv.DictReader(file)]

    told = shared_client.get("datasets/metadata/latest").json()["data"]

    assert [row["dataset"] for row in told] == names
    updated = {row.pop("dataset"): row.pop("lastUpdated") for row in told}
    assert not any(told)
    for code in ("FUELINST", "FUELHH", "NDF", "INDO", "UOU2T14D", "WINDFOR", "OCNMFD"):
        assert updated[code] == max(row["publishTime"] for row in shared_client.rows(code))
    assert updated["FREQ"] == max(row["measurementTime"] for row in shared_client.rows("FREQ"))
    assert (updated["IMBALANGC"], updated["SYS_WARN"]) == (
        updated["IMBALNGC"],
        shared_client.rows("SYSWARN")[0]["publishTime"],
    )


def test_the_openapi_document_agrees_with_the_recorded_one(shared_client, recorded):
    theirs = json.loads((recorded / "openapi" / "insights_openapi_2026-08.json").read_bytes())
    ours = shared_client.openapi()

    assert ours["openapi"] == theirs["openapi"]
    assert ours["servers"] == theirs["servers"]
    for code in catalogue():
        for path in (f"/datasets/{code}", f"/datasets/{code}/stream"):
            assert (path in ours["paths"]) == (path in theirs["paths"])
            if path in ours["paths"]:
                assert parameters(ours, path) == parameters(theirs, path), path
                assert answer(ours, path) == answer(theirs, path), path
    for path in set(ours["paths"]) - {f"/datasets/{code}" for code in catalogue()}:
        assert path in theirs["paths"]
    assert answer(ours, "/data-status/PN") == answer(theirs, "/data-status/PN")
    price = "/balancing/settlement/system-prices/{settlementDate}/{settlementPeriod}"
    assert answer(ours, price) == answer(theirs, price)


def test_the_openapi_document_says_the_limits_that_the_recorded_one_says(shared_client, recorded):
    theirs = json.loads((recorded / "openapi" / "insights_openapi_2026-08.json").read_bytes())["paths"]
    ours = shared_client.openapi()["paths"]

    said = 0
    for code, dataset in catalogue().items():
        path = f"/datasets/{code}"
        for line in dataset.says.splitlines():
            assert line in theirs[path]["get"]["description"]
            assert line in ours[path]["get"]["description"]
            said += 1
    assert said >= 38


def parameters(document, path):
    """Return what is told of each parameter but its description; REMIT has one format less."""
    told = {}
    for each in document["paths"][path]["get"]["parameters"]:
        schema = {name: value for name, value in each["schema"].items() if name != "uniqueItems"}
        if each["name"] != "format":
            told[each["name"]] = (each["in"], each.get("required", False), schema, each.get("example"))
    return told


def answer(document, path):
    """Return the schema of an answer, with what it refers to in its place."""
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return resolved(document, schema)


def resolved(document, schema):
    if isinstance(schema, list):
        return [resolved(document, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return {"name": name, **resolved(document, document["components"]["schemas"][name])}
    return {name: resolved(document, each) for name, each in schema.items() if name not in SAID_BESIDE}
