"""The codes under which fuels and cables are told of."""

import numpy as np


def _s(text: str) -> int:
    return int(np.datetime64(text, "s").astype(int))


# When each was first published.
SINCE_S = {
    "BIOMASS": _s("2017-11-01"), "CCGT": 0, "COAL": 0, "INTELEC": _s("2021-09-10"), "INTEW": 0, "INTFR": 0,
    "INTGRNL": _s("2024-08-01"), "INTIFA2": _s("2020-11-01"), "INTIRL": 0, "INTNED": 0, "INTNEM": _s("2018-12-01"),
    "INTNSL": _s("2021-06-01"), "INTVKL": _s("2023-11-22"), "NPSHYD": 0, "NUCLEAR": 0, "OCGT": 0, "OIL": 0, "OTHER": 0,
    "PS": 0, "WIND": 0,
}  # fmt: skip
CODES = tuple(SINCE_S)
# MW that each cable carries at most.
CABLES_MW = {
    "INTELEC": 1_000, "INTFR": 2_000, "INTIFA2": 1_000, "INTNED": 1_000, "INTNEM": 1_000, "INTNSL": 1_400,
    "INTVKL": 1_400, "INTEW": 500, "INTGRNL": 500, "INTIRL": 500,
}  # fmt: skip


def is_cable(code: str) -> bool:
    """Tell whether a code is that of a cable to abroad, be it one that nobody knows yet."""
    return code.startswith("INT")
