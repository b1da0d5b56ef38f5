"""The fuels as every page draws them: stack order and colours, said once.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), which colour-blind readers tell apart, with darker and
lighter steps of them for kin: wind is blue, what burns is warm, and neighbours in the stack differ in lightness.
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


# From the ground up: what runs day and night, what the weather gives, what answers to it.
STACK = (
    Fuel("nuclear", "Nuclear", "#9d78b9"),
    Fuel("biomass", "Biomass", "#4d7a3a"),
    Fuel("hydro", "Hydro", "#1b9e9e"),
    Fuel("wind", "Wind", "#0072b2"),
    Fuel("embedded_wind", "Wind, embedded", "#56b4e9"),
    Fuel("solar", "Solar", "#f0d442"),
    Fuel("imports", "Imports", "#b07aa1"),
    Fuel("gas", "Gas", "#d55e00"),
    Fuel("coal", "Coal", "#3d3d3d"),
    Fuel("storage", "Pumped storage", "#cc6699"),
    Fuel("other", "Other", "#a8a8a8"),
)
FUELS = {fuel.code: fuel for fuel in STACK}

ZERO_CARBON_COLOUR = "#009e73"
CARBON_COLOUR = "#d55e00"
INTENSITY_COLOUR = "#cc79a7"
UNCLASSIFIED_COLOUR = "#a8a8a8"
