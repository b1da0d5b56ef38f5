"""Recorded copies are served as they were captured."""

import csv
import gzip

import pytest

from include.simulator.neso.columns import MEASURES
from include.simulator.neso.publisher import Neso
from include.simulator.state import StateError

CHANGELOG = "generation_mix_2026_changelog_2026-03-22_to_2026-05-31.csv.gz"


def rows_of(path):
    with gzip.open(path, "rt", newline="") as file:
        return {row["DATETIME"]: row for row in csv.DictReader(file)}


def capture_instants(recorded):
    with (recorded / "generation_mix_2026_vintages.csv").open() as file:
        return {row["full_copy"]: row["captured_at"] for row in csv.DictReader(file) if row["full_copy"]}


def served(client):
    records = client.records('SELECT * FROM T ORDER BY "DATETIME"')
    return {record["DATETIME"]: {k: v for k, v in record.items() if not k.startswith("_")} for record in records}


def test_the_change_log_rebuilds_whole_copies(simulate, recorded):
    instants = capture_instants(recorded)
    client = simulate(csv=str(recorded / CHANGELOG))

    for name in ("generation_mix_2026_asof_2026-04-15.csv.gz", "generation_mix_2026_asof_2026-05-31.csv.gz"):
        client.change(as_of=instants[name])
        rebuilt, copy = served(client), rows_of(recorded / name)

        assert by_value(rebuilt) == by_value(copy)
        assert respelt(rebuilt, copy) < 20  # "74.0" became "74": no change of value, so the log has no line for it
        assert client.last_modified() == instants[name].removesuffix("Z") + ".000000"


def by_value(rows):
    return {key: {k: v if k == "DATETIME" else float(v) for k, v in row.items()} for key, row in rows.items()}


def respelt(rows, others):
    return sum(rows[key][name] != text for key, other in others.items() for name, text in other.items())


def test_a_whole_copy_keeps_its_spelling(simulate, recorded):
    path = recorded / "generation_mix_2026_asof_2026-03-22.csv.gz"
    client = simulate(csv=str(path))

    download = client.session.get(client.resource()["url"], timeout=60)
    header, *lines = download.text.splitlines()

    assert served(client) == rows_of(path)
    assert header.split(",") == ["DATETIME", *MEASURES]
    assert [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines] == list(
        rows_of(path).values()
    )


def test_the_old_schema_has_no_embedded_wind(simulate, recorded):
    client = simulate(csv=str(recorded / "generation_mix_2023-02_2023-03_old_schema.csv"))

    records = client.records('SELECT * FROM T ORDER BY "DATETIME"')

    assert len(records) == 2_832
    assert len(records[0]) == 32 + 2
    assert "WIND_EMB" not in records[0]
    assert records[0]["DATETIME"] == "2023-02-01T00:00:00"  # a blank in the file, a timestamp in the datastore
    assert (records[0]["WIND"], records[0]["HYDRO"]) == ("19565.0", "340")


def test_captures_can_be_replayed_one_at_a_time(simulate, recorded):
    client = simulate(csv=str(recorded / CHANGELOG))
    state = client.told()

    told = [client.change(as_of=instant).json() for instant in state["captures"][:3]]

    assert len(state["captures"]) == 71
    assert [answer["rows"] for answer in told] == [3_858, 3_900, 3_948]
    assert told[1]["newest_half_hour"] == "2026-03-23T05:30:00Z"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "captured_at,DATETIME,change,GAS,HYDRO\n"
        "2026-01-01T08:00:00Z,2026-01-01T06:00:00,first,10.0,3\n"
        "2026-01-01T08:00:00Z,2026-01-01T06:30:00,first,11.0,3.0\n"
        "2026-01-02T08:00:00Z,2026-01-01T06:30:00,changed,12.0,4\n"
        "2026-01-02T08:00:00Z,2026-01-01 07:00:00+00:00,new,13.5,\n"
    )
    return str(path)


def test_each_half_hour_reads_as_in_its_last_line_by_then(simulate, log):
    client = simulate(csv=log, as_of="2026-01-02T07:59:59Z")

    earlier = client.records('SELECT "GAS", "HYDRO", "DATETIME" FROM T ORDER BY "DATETIME"')
    client.change(as_of=None, now=None)
    later = client.records('SELECT "GAS", "HYDRO", "DATETIME" FROM T ORDER BY "DATETIME"')

    assert [(row["GAS"], row["HYDRO"]) for row in earlier] == [("10.0", "3"), ("11.0", "3.0")]
    assert [(row["GAS"], row["HYDRO"]) for row in later] == [("10.0", "3"), ("12.0", "4"), ("13.5", None)]


def test_what_is_no_copy_is_refused_in_one_line(tmp_path, log):
    empty = tmp_path / "empty.csv"
    empty.write_text("DATETIME,GAS\n")

    for state, said in (
        ({"csv": str(tmp_path / "none.csv")}, "cannot be read"),
        ({"csv": str(empty)}, "is no copy of the table"),
        ({"csv": log, "as_of": "2025-01-01"}, "the change log begins at 2026-01-01T08:00:00Z"),
        ({"as_of": "2026-01-01"}, "as_of needs a change log"),
    ):
        with pytest.raises(StateError, match=said):
            Neso.starting_with(state).prepare()
