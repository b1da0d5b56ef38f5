"""The committed catalogue has every dataset of Elexon's, and all that follows from it is up to date."""

import json

import msgspec
import pytest

from include.ingestion.columns import columns
from include.ingestion.dataset import Storage
from include.sources.elexon import catalogue, generated
from include.sources.elexon.catalogue import AskedBy, Kept, committed, family, guessed, snake_case
from include.sources.elexon.datasets import dataset, window_field

CATALOGUE = committed()
BIG = {"PN", "QPN", "MELS", "MILS", "BOD", "UOU2T14D", "UOU2T3YW", "NOU2T3YW"}
FORECASTS = {"IMBALNGC", "INDDEM", "INDGEN", "MELNGC", "TSDF"}


def test_it_has_the_82_datasets_that_have_a_route_of_their_own(documented):
    assert len(CATALOGUE) == 82
    assert CATALOGUE.keys() == documented.keys()


def test_it_says_of_each_what_the_recorded_document_says(documented):
    assert {code: entry.published for code, entry in CATALOGUE.items()} == documented


def test_the_file_is_written_as_the_command_writes_it():
    assert catalogue.FILE.read_bytes() == catalogue.written(CATALOGUE)


def test_no_generated_model_is_stale():
    assert generated.stale(CATALOGUE) == [], "type: gridloom elexon generate"


def test_a_model_that_was_changed_by_hand_is_stale(monkeypatch, tmp_path):
    monkeypatch.setattr(generated, "FOLDER", tmp_path)
    generated.write(CATALOGUE)
    assert generated.stale(CATALOGUE) == []
    (tmp_path / "stg_elexon__pn.sql").write_text("select 1")
    (tmp_path / "stg_elexon__coal.sql").write_text("select 1")
    assert [path.name for path in generated.stale(CATALOGUE)] == ["stg_elexon__coal.sql", "stg_elexon__pn.sql"]
    generated.write(CATALOGUE)
    assert not (tmp_path / "stg_elexon__coal.sql").exists()
    assert generated.stale(CATALOGUE) == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_each_dataset_can_be_declared_from_its_entry_alone(code):
    entry = CATALOGUE[code]
    declared = dataset(code, entry)
    kinds = {each.name: each for each in columns(declared.record)}
    assert [each.published_name for each in kinds.values()] == list(entry.published.fields)
    assert not any(
        kinds[snake_case(name)].is_nullable for name in set(entry.loaded.key) - set(entry.loaded.nullable_key)
    )
    assert not kinds[snake_case(window_field(entry))].is_nullable
    assert entry.loaded.asked_by is family(entry.published.stream or entry.published.plain)


def test_what_is_big_and_what_has_no_known_key_is_kept_by_windows():
    by_windows = {code for code, entry in CATALOGUE.items() if entry.loaded.kept is Kept.WINDOWS}
    assert by_windows >= BIG
    assert all(dataset(code, CATALOGUE[code]).storage is Storage.REPLACED_WINDOWS for code in by_windows)
    assert not by_windows & {"FUELINST", "FUELHH", "BOALF", "B1610", "AGPT", "MID", "REMIT", *FORECASTS}


def test_the_heavy_ones_are_loaded_once_a_day():
    daily = {code for code, entry in CATALOGUE.items() if entry.loaded.is_daily}
    assert daily == {*BIG, *FORECASTS, "BOALF", "B1610", "TUDM", "FOU2T3YW"}


def test_units_are_told_by_the_name_that_is_never_null():
    for code in ("PN", "QPN", "MELS", "MILS", "BOD", "BOALF"):
        assert "nationalGridBmUnit" in CATALOGUE[code].loaded.key
        assert "bmUnit" not in CATALOGUE[code].loaded.key


def test_a_new_dataset_is_guessed_to_be_keyed_by_all_that_is_no_measure(documented):
    loaded = guessed(documented["BOD"])
    assert loaded.asked_by is AskedBy.SETTLEMENT
    assert loaded.kept is Kept.WINDOWS
    assert loaded.key == [
        *("settlementDate", "settlementPeriod", "timeFrom", "timeTo", "pairId", "nationalGridBmUnit", "bmUnit"),
    ]


@pytest.mark.parametrize(
    ("published", "ours"),
    [
        ("nationalGridBmUnit", "national_grid_bm_unit"),
        ("startTime", "start_time"),
        ("affectedUnitEIC", "affected_unit_eic"),
        ("mRID", "m_rid"),
        ("forecastDemand100", "forecast_demand100"),
    ],
)
def test_columns_are_the_published_names_in_snake_case(published, ours):
    assert snake_case(published) == ours


def test_each_recorded_row_is_of_the_type_that_its_record_declares(recorded):
    rows = list(_sampled(recorded))
    for code, row in rows:
        strict = msgspec.defstruct(
            "Strict", (), bases=(dataset(code, CATALOGUE[code]).record,), forbid_unknown_fields=True
        )
        nested = {name: json.dumps(value) for name, value in row.items() if isinstance(value, list)}
        known = {name: value for name, value in {**row, **nested}.items() if name != "dataset"}
        msgspec.json.decode(json.dumps(known), type=strict)
    assert len({code for code, _ in rows}) == 23


def test_each_recorded_value_is_of_the_type_of_its_column(recorded):
    """Of 33 datasets one record was kept, from which fields may have been lost."""
    single = list(_single(recorded))
    for code, row in single:
        hints = {each.encode_name: each.type for each in msgspec.structs.fields(dataset(code, CATALOGUE[code]).record)}
        for name, value in row.items():
            if name != "dataset":
                msgspec.convert(value, hints[name])
    assert len(single) == 33


def _sampled(recorded):
    for path in sorted((recorded / "samples").glob("*.json")):
        body = json.loads(path.read_bytes())
        for row in body["data"] if isinstance(body, dict) and "data" in body else ():
            if row.get("dataset") in CATALOGUE:
                yield row["dataset"], row


def _single(recorded):
    """One record each, of which some fields may have been lost on the way."""
    return json.loads((recorded / "samples" / "one_record_2025.json").read_bytes())["records"].items()


@pytest.mark.parametrize(
    ("code", "longest"), [("PN", "1 settlement period"), ("AGPT", "4 days"), ("BOD", "1 hour"), ("CDN", None)]
)
def test_the_longest_window_of_the_plain_route_is_known_from_documents_or_refusals(code, longest):
    assert catalogue.largest_window(CATALOGUE[code].published, CATALOGUE[code].loaded) == longest
