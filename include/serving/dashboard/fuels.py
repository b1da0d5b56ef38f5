"""The fuels as every page draws them: stack order and colours, said once.

Colours are of Okabe and Ito (https://jfly.uni-koeln.de/color/) and of Tol (https://sronpersonalpages.nl/~pault/), which
colour-blind readers tell apart: wind is blue, what answers to demand is warm, and neighbours in the stack differ in
lightness. The brown of carbon is of ColorBrewer's brown and blue-green (https://colorbrewer2.org/#type=diverging).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fuel:
    """One band of the stack; `code` is the fuel's code in `reference.fuels`."""

    code: str
    name: str
    colour: str

    @property
    def column(self) -> str:
        """Its column in half-hourly tables."""
        return f"{self.code}_mw"

    @property
    def share_column(self) -> str:
        """The column of its share of the total, in percent."""
        return f"{self.code}_pct"


# From the ground up: what runs day and night, what the weather gives, what answers to it.
STACK = (
    Fuel("nuclear", "Nuclear", "#cc79a7"),
    Fuel("biomass", "Biomass", "#117733"),
    Fuel("hydro", "Hydro", "#44aa99"),
    Fuel("wind", "Wind", "#0072b2"),
    Fuel("embedded_wind", "Wind, embedded", "#56b4e9"),
    Fuel("solar", "Solar", "#f0d442"),
    Fuel("imports", "Imports", "#882255"),
    Fuel("gas", "Gas", "#d55e00"),
    Fuel("coal", "Coal", "#5c5c5c"),
    Fuel("storage", "Pumped storage", "#9a8fe0"),
    Fuel("other", "Other", "#cfcfcf"),
)

ZERO_CARBON_COLOUR = "#009e73"
CARBON_COLOUR = "#8c510a"
INTENSITY_COLOUR = "#b0569b"
UNCLASSIFIED_COLOUR = "#a8a8a8"
