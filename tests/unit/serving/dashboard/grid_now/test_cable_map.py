"""The map of cables: each one at its place, the way it flows, unknown ones too."""

import csv
from pathlib import Path

import pytest

from include.serving.dashboard.grid_now.now import charts
from include.serving.dashboard.grid_now.now.cable_map import COASTS, OUTLINE, UNKNOWN_COASTS, cable_map, drawn
from include.serving.dashboard.grid_now.now.queries import Cable
from include.serving.dashboard.vega import needed

SEED = Path(__file__).parents[5] / "dbt_project" / "seeds" / "elexon" / "interconnectors.csv"


def cable(code: str, flow_mw: float | None, capacity_mw: float | None = 1000) -> Cable:
    is_known = capacity_mw is not None
    return Cable(code, "Name" if is_known else None, "Country" if is_known else None, capacity_mw, flow_mw, False)


def test_every_cable_of_the_seed_has_a_place_of_its_own() -> None:
    with SEED.open() as lines:
        assert {row["fuel_code"] for row in csv.DictReader(lines)} == COASTS.keys()
    places = [*COASTS.values(), *UNKNOWN_COASTS]
    assert len(set(places)) == len(places)
    assert OUTLINE[0] == OUTLINE[-1]


@pytest.mark.parametrize(
    ("code", "flow_mw", "end", "angle"),
    [("INTFR", 500, 100, 180), ("INTFR", -500, 100, 0), ("INTIRL", 500, 0, 0), ("INTIRL", -500, 0, 180)],
)
def test_an_arrow_points_the_way_it_flows(code: str, flow_mw: float, end: float, angle: float) -> None:
    [row] = drawn([cable(code, flow_mw)]).to_pylist()
    assert (row["end"], row["angle"], row["use_pct"]) == (end, angle, flow_mw / 10)


def test_what_is_not_known_is_told_as_such() -> None:
    no_figure, unknown = drawn([cable("INTFR", None), cable("INTNEW", -80, None)]).to_pylist()
    assert (no_figure["told"], no_figure["carried_mw"], no_figure["flow_mw"]) == ("no figure", 0, None)
    assert (no_figure["shade_pct"], unknown["shade_pct"]) == (0, 0)
    assert (unknown["spoken"], unknown["use_pct"]) == ("INTNEW, unknown: 80 MW out", None)


def test_more_unknown_cables_than_there_is_room_for_are_left_to_the_table() -> None:
    assert drawn([cable(f"INT{number}", 1, None) for number in range(9)]).num_rows == len(UNKNOWN_COASTS)


def test_the_map_has_all_it_needs() -> None:
    rows = drawn([cable("INTFR", 1)])
    assert needed(rows, cable_map("#000000")).column_names == rows.column_names


def test_limits_are_drawn_where_they_are_in_view() -> None:
    def limits(*ends_hz: float) -> list[float]:
        layers = charts.frequency((ends_hz[0], ends_hz[1]))["layer"]
        return [each["limit_hz"] for layer in layers if "data" in layer for each in layer["data"]["values"]]

    assert limits(49.77, 50.23) == [49.8, 50.2]
    assert limits(49.41, 50.23) == [49.8, 50.2, 49.5]
