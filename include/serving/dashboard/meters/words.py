"""What the pages of meters say alike: that there are no readings yet, and amounts of energy."""

from decimal import Decimal

import streamlit as st

# What is more is told without decimals: so many digits could not be read.
_EXACT_BELOW_KWH = 1_000_000


def nothing_yet() -> None:
    """Say that there are no readings, and what brings them in."""
    st.info(
        "**No readings yet.** Set `GRIDLOOM_SMART_METER_READINGS` to the folder or bucket in which they arrive, and "
        "run `gridloom run smart_meter_readings`. They appear here by themselves.",
        icon=":material/hourglass_empty:",
    )


def nothing_of_these_days() -> None:
    """Say that there are no readings of the range."""
    st.info("**There are no readings of these days.** Choose others.")


def told_kwh(energy_kwh: Decimal | float) -> str:
    """Return an amount of energy as meters count it, to the watt-hour."""
    return f"{energy_kwh:,.3f} kWh" if energy_kwh < _EXACT_BELOW_KWH else f"{energy_kwh:,.0f} kWh"


def counted(number: int, one: str) -> str:
    """Return how many of something there are, in words: 1 meter, 80 meters."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
