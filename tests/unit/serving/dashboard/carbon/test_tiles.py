"""The tile map: every region once, at a place of its own, with figures that can be read."""

import pytest

from include.serving.dashboard.carbon.index import LETTERS_COLOUR, UNKNOWN_COLOUR, VERY_LOW_TO_VERY_HIGH, colour_of
from include.serving.dashboard.carbon.regions.places import ALL, NATIONS, PLACES
from include.serving.dashboard.carbon.regions.queries import Region
from include.serving.dashboard.carbon.regions.tiles import tile_map
from tests.colours import contrast


def region(number: int, forecast: float | None = 120, index: str | None = "moderate", name: str = "London") -> Region:
    return Region(number, name, forecast, index, {})


def test_the_eighteen_regions_have_places_of_their_own():
    assert sorted(ALL) == list(range(1, 19))
    assert len(set(PLACES.values())) == len(PLACES) == 14


def test_scotland_is_above_england_and_wales_to_the_west():
    rows = {number: row for number, (row, _) in PLACES.items()}
    columns = {number: column for number, (_, column) in PLACES.items()}
    assert rows[1] < rows[2] < rows[3] < rows[8] < rows[12]
    assert columns[7] < columns[8] < columns[9] < columns[10]
    assert columns[11] < columns[12] < columns[13] < columns[14]


def test_every_region_is_a_tile_with_its_figure_name_and_index():
    drawn = tile_map([region(number, name=f"Region {number}") for number in ALL])
    assert drawn.count("<li ") == 18
    network, nations = drawn.split("</ul>")[:2]
    assert network.count("grid-area: ") == 14
    assert nations.count("<li ") == len(NATIONS)
    assert "grid-area" not in nations
    assert all(f">Region {number}</span>" in drawn for number in ALL)


def test_what_is_not_foreseen_is_no_zero():
    drawn = tile_map([region(13, forecast=None, index=None)])
    assert ">–</span>" in drawn
    assert ">no index</span>" in drawn
    assert UNKNOWN_COLOUR in drawn
    assert ">0</span>" in tile_map([region(13, forecast=0)])


def test_a_name_is_text_and_nothing_else():
    assert "Wales &amp; Merseyside" in tile_map([region(6, name="North Wales & Merseyside")])


@pytest.mark.parametrize("colour", [*dict(VERY_LOW_TO_VERY_HIGH).values(), UNKNOWN_COLOUR])
def test_letters_can_be_read_on_every_colour(colour):
    assert contrast(LETTERS_COLOUR, colour) >= 4.5


def test_an_index_that_nobody_knows_is_grey():
    assert colour_of("middling") == colour_of(None) == UNKNOWN_COLOUR
