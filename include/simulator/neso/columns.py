"""What the published table is called and what its columns are called.

https://www.neso.energy/data-portal/historic-generation-mix
"""

PACKAGE_ID = "88313ae5-94e4-4ddc-a790-593554d8c6b9"
RESOURCE_ID = "f93d1835-75bc-43e5-84ad-12472b180a98"
RESOURCE_NAME = "Historic GB Generation Mix"
FILE_NAME = "df_fuel_ckan.csv"

DATETIME = "DATETIME"

FUELS = ("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE")
GROUPS = ("LOW_CARBON", "ZERO_CARBON", "RENEWABLE", "FOSSIL")
SHARES = tuple(f"{name}_perc" for name in (*FUELS, "GENERATION", *GROUPS))

# The order of the CSV download, without DATETIME, which comes first.
MEASURES = (*FUELS, "GENERATION", "CARBON_INTENSITY", *GROUPS, *SHARES)

# Spelt without ".0" in nearly every row; every other column has one decimal.
WHOLE_NUMBERS = frozenset({"HYDRO", "STORAGE"})

# The order of the keys in a record, which is that of a hash table: constant, and nobody's choice.
KEY_ORDER = (
    "RENEWABLE_perc", "NUCLEAR", "HYDRO_perc", "STORAGE", "IMPORTS_perc", "_full_text", "SOLAR_perc", "LOW_CARBON",
    "BIOMASS_perc", "HYDRO", "STORAGE_perc", "WIND_EMB", "WIND_perc", "IMPORTS", "LOW_CARBON_perc", "GAS", "COAL_perc",
    "CARBON_INTENSITY", "COAL", "FOSSIL", "ZERO_CARBON_perc", "FOSSIL_perc", "GENERATION_perc", "GENERATION",
    "DATETIME", "OTHER", "NUCLEAR_perc", "ZERO_CARBON", "WIND_EMB_perc", "BIOMASS", "_id", "GAS_perc", "OTHER_perc",
    "WIND", "SOLAR", "RENEWABLE",
)  # fmt: skip
