"""The regions an answer lists, and what is made in each of them beside the country as a whole."""

from dataclasses import dataclass

# The order in which every mix lists its fuels.
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")


@dataclass(frozen=True)
class Region:
    """A region; `leaning` is how much of each fuel it makes, beside the country: 1 is the country's own share."""

    number: int
    network: str  # dnoregion
    name: str  # shortname
    leaning: tuple[float, ...]


# How much of each fuel a region makes, in the order of FUELS: as in the recorded answers of January 2020 and May 2026,
# roughly.
# fmt: off
LEANINGS = {
    1:  (0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 8.0, 0.1, 2.6),
    2:  (0.2, 0.0, 0.2, 0.1, 1.4, 0.0, 0.4, 0.2, 2.2),
    3:  (0.3, 0.0, 0.2, 0.3, 3.0, 0.0, 0.1, 0.4, 1.0),
    4:  (2.2, 0.0, 1.1, 0.1, 3.0, 0.0, 0.3, 0.6, 0.6),
    5:  (4.6, 0.6, 0.1, 1.2, 0.1, 0.0, 0.0, 0.5, 0.8),
    6:  (0.2, 5.0, 0.9, 0.6, 1.0, 0.0, 3.0, 0.8, 1.3),
    7:  (0.0, 1.2, 0.1, 2.8, 0.1, 0.0, 0.3, 0.7, 0.5),
    8:  (0.5, 0.6, 0.2, 1.2, 1.1, 0.0, 2.2, 0.9, 1.2),
    9:  (1.6, 1.8, 0.1, 1.7, 0.1, 0.0, 0.1, 1.6, 1.0),
    10: (0.4, 0.1, 0.7, 0.6, 1.8, 0.0, 0.1, 2.0, 1.4),
    11: (0.0, 0.0, 0.0, 1.9, 1.6, 0.0, 0.0, 2.6, 0.2),
    12: (0.6, 0.3, 1.8, 1.9, 0.3, 0.0, 0.7, 1.8, 0.4),
    13: (1.2, 0.2, 3.2, 1.0, 0.2, 0.0, 0.4, 0.5, 0.7),
    14: (0.1, 0.0, 5.0, 1.1, 0.1, 0.0, 0.6, 1.2, 0.4),
}
# fmt: on

NETWORK_REGIONS = tuple(
    Region(number, network, name, LEANINGS[number])
    for number, network, name in (
        (1, "Scottish Hydro Electric Power Distribution", "North Scotland"),
        (2, "SP Distribution", "South Scotland"),
        (3, "Electricity North West", "North West England"),
        (4, "NPG North East", "North East England"),
        (5, "NPG Yorkshire", "Yorkshire"),
        (6, "SP Manweb", "North Wales & Merseyside"),
        (7, "WPD South Wales", "South Wales"),
        (8, "WPD West Midlands", "West Midlands"),
        (9, "WPD East Midlands", "East Midlands"),
        (10, "UKPN East", "East England"),
        (11, "WPD South West", "South West England"),
        (12, "SSE South", "South England"),
        (13, "UKPN London", "London"),
        (14, "UKPN South East", "South East England"),
    )
)

# The countries are what their networks are on average; Great Britain is the country itself.
COUNTRIES = {
    (15, "England"): (3, 4, 5, 8, 9, 10, 11, 12, 13, 14),
    (16, "Scotland"): (1, 2),
    (17, "Wales"): (6, 7),
}
GREAT_BRITAIN = (18, "GB")

# Region 6 was spelt otherwise in answers about 2020.
FORMER_NAMES = {6: "North Wales and Merseyside"}
NAMED_ANEW_IN_YEAR = 2021


def name_in(region: int, name: str, year: int) -> str:
    """Return how answers about a half-hour of this year call a region."""
    return FORMER_NAMES.get(region, name) if year < NAMED_ANEW_IN_YEAR else name
