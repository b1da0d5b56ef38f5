"""What the page Sources says of what is left between two sources."""

from datetime import UTC, datetime

from include.serving.dashboard.sources.reconciliation.charts import FUELS, TRACES
from include.serving.dashboard.sources.reconciliation.page import KNOWN, largest, told_spread
from include.serving.dashboard.sources.reconciliation.queries import FUEL_NAMES, PARTS, Residual, Spread


def test_every_part_of_a_difference_is_told_in_words() -> None:
    assert [line.split(":**")[0] for line in KNOWN.strip().splitlines()] == [f"- **{name}" for _, name in PARTS]
    assert len({colour for _, _, colour in TRACES}) == len(PARTS)


def test_what_is_left_is_summed_up() -> None:
    told = told_spread(Spread(1000, 900, 3, 41.6))
    assert told == (
        "Of 1,000 figures, one for each half-hour and fuel, 90.0 % have at most 50 MW left; the mean is 42 MW either "
        "way. 3 are of half-hours in which Elexon’s figure is not to be trusted. The chart has the others."
    )
    assert "trusted" not in told_spread(Spread(1, 1, 0, 0))


def test_the_largest_are_told_by_names() -> None:
    at = datetime(2026, 6, 10, 11, tzinfo=UTC)
    [row] = largest([Residual(at, "embedded_wind", 5, None, 5, is_suspect=True)]).to_pylist()
    assert list(row.values()) == ["Wed 10 Jun 2026, 12:00 BST", "Wind, embedded", 5, None, 5, True]


def test_every_fuel_has_a_colour_of_its_own() -> None:
    assert {name for name, _ in FUELS} == set(FUEL_NAMES.values())
    assert len({colour for _, colour in FUELS}) == len(FUELS)
