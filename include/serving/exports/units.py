"""The unit of a column: as its description says it in parentheses, else as its name ends."""

import re

# Longest first: `_half_hours` are no hours, and `_mwh` is no `_h`.
BY_ENDING = {
    "g_per_kwh": "g CO2 per kWh",
    "half_hours": "half-hours",
    "gwh": "GWh",
    "mwh": "MWh",
    "kwh": "kWh",
    "gw": "GW",
    "mw": "MW",
    "kw": "kW",
    "pct": "%",
    "share": "1",
    "hours": "h",
    "days": "d",
    "h": "h",
    "s": "s",
    "at": "UTC",
}
# As descriptions have them: "Gas (MW).", "Share of the fuel in the total (percent); …", "… (g CO2 per kWh consumed)."
SAID = {
    "percentage points": "percentage points",
    "percent": "%",
    "hours": "h",
    "seconds": "s",
    **{unit: unit for unit in ("g CO2 per kWh", "GWh", "MWh", "kWh", "GW", "MW", "kW", "h", "s", "UTC")},
}
_SAID = re.compile(rf"\(({'|'.join(map(re.escape, SAID))})\b[^()]*\)")


def unit_of(name: str, description: str | None) -> str | None:
    """Return the unit of a column; `1` is a share of one, `UTC` an instant; None where it is said nowhere."""
    said = _SAID.search(description or "")
    if said:
        return SAID[said.group(1)]
    return next((unit for ending, unit in BY_ENDING.items() if name == ending or name.endswith(f"_{ending}")), None)
