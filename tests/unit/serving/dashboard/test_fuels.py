"""The fuels of the pages are those of the seed, and can be told apart."""

import csv
from itertools import combinations, pairwise
from pathlib import Path

from include.serving.dashboard import fuels
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation.charts import BALANCE
from include.serving.dashboard.timeline import PROVISIONAL_COLOUR
from tests.colours import contrast

SEED = Path(__file__).parents[4] / "dbt_project" / "seeds" / "fuels.csv"


def test_every_published_fuel_is_drawn_once():
    with SEED.open() as file:
        published = {row["fuel_code"] for row in csv.DictReader(file) if row["published_column"]}
    assert {fuel.code for fuel in STACK} == published
    assert len(STACK) == len(published)


def test_no_two_fuels_share_a_colour_or_a_name():
    assert len({fuel.colour for fuel in STACK}) == len({fuel.name for fuel in STACK}) == len(STACK)


def test_neighbours_in_the_stack_differ_in_lightness():
    """So that they can be told apart where hues cannot."""
    for below, above in pairwise(STACK):
        assert contrast(below.colour, above.colour) > 1.3, (below.name, above.name)


def test_lines_of_one_chart_differ_in_lightness():
    for (_, one, colour), (_, other, colour_of_other) in combinations(BALANCE, 2):
        assert contrast(colour, colour_of_other) > 1.3, (one, other)


def test_no_colour_means_two_things_on_a_page():
    drawn = [*(fuel.colour for fuel in STACK), *(colour for _, _, colour in BALANCE)]
    drawn += [fuels.INTENSITY_COLOUR, PROVISIONAL_COLOUR]
    assert len(set(drawn)) == len(drawn)
