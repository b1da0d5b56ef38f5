"""The published columns, and the limits that both peers are given: those that the platform's own contract has."""

FUELS = ("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE")
GROUPS = ("LOW_CARBON", "ZERO_CARBON", "RENEWABLE", "FOSSIL")
SHARES = tuple(f"{name}_perc" for name in (*FUELS, "GENERATION", *GROUPS))
MEASURES = (*FUELS, "GENERATION", "CARBON_INTENSITY", *GROUPS, *SHARES)
TRANSPORT = ("_id", "_full_text", "_count")
RESOURCE = "f93d1835-75bc-43e5-84ad-12472b180a98"
MOST_MW, MOST_G_PER_KWH = 150_000, 1_500


def limit(column: str) -> float:
    """Return the largest value a column may have."""
    if column == "ZERO_CARBON_perc":
        return 200
    if column == "CARBON_INTENSITY":
        return MOST_G_PER_KWH
    return 100 if column.endswith("_perc") else MOST_MW


def statement(start: str, end: str) -> str:
    """Return the question for a window, as the portal's guide has it."""
    return f'SELECT * FROM "{RESOURCE}" WHERE "DATETIME" >= \'{start}\' AND "DATETIME" < \'{end}\' ORDER BY "DATETIME"'
