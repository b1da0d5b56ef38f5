"""The emission factors that the API tells, in gCO2/kWh: the same in April 2021 and in May 2026."""

FACTORS = {
    "Biomass": 120, "Coal": 937, "Dutch Imports": 474, "French Imports": 53, "Gas (Combined Cycle)": 394,
    "Gas (Open Cycle)": 651, "Hydro": 0, "Irish Imports": 458, "Nuclear": 0, "Oil": 935, "Other": 300,
    "Pumped Storage": 0, "Solar": 0, "Wind": 0,
}  # fmt: skip
