"""The index by the bands of its year."""

import csv
import json

import pytest

from include.simulator.carbon_intensity.bands import index_of


@pytest.mark.parametrize(
    ("intensity", "year", "index"),
    [
        (0, 2026, "very low"),
        (24, 2026, "very low"),
        (25, 2026, "low"),
        (229, 2026, "high"),
        (230, 2026, "very high"),
        (290, 2023, "very high"),
        (100, 2017, "low"),
        (4, 2035, "very low"),
        (5, 2035, "low"),
    ],
)
def test_a_band_begins_with_its_lowest_intensity(intensity, year, index):
    assert index_of(intensity, year) == index


def test_it_is_the_recorded_one_in_every_half_hour_of_2023(recorded):
    with (recorded / "national_intensity_2023.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["actual"] and row["from"] >= "2023"]

    assert [row for row in rows if index_of(round(float(row["actual"])), 2023) != row["index"]] == []
    assert len(rows) == 17_424


def test_it_is_the_recorded_one_in_the_regions_of_2026(recorded):
    body = json.loads((recorded / "recorded_2026" / "regional_intensity_fw24h_2026-05-05.json").read_text())
    told = [region["intensity"] for half_hour in body["data"] for region in half_hour["regions"]]

    assert [each for each in told if index_of(each["forecast"], 2026) != each["index"]] == []
