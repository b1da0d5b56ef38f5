"""The index of an intensity: bands that move down with the years (methodology, table 2)."""

from bisect import bisect_right

NAMES = ("very low", "low", "moderate", "high", "very high")

# Where each band begins that is above "very low", in gCO2/kWh; where the table overlaps, the upper band wins.
# fmt: off
BEGIN_G_PER_KWH = {
    2017: (100, 200, 300, 400), 2018: (80, 180, 280, 380), 2019: (60, 160, 260, 360), 2020: (55, 150, 230, 350),
    2021: (50, 140, 220, 330), 2022: (45, 130, 210, 310), 2023: (40, 120, 200, 290), 2024: (35, 110, 190, 270),
    2025: (30, 100, 180, 250), 2026: (25, 90, 170, 230), 2027: (20, 80, 160, 210), 2028: (15, 70, 150, 190),
    2029: (10, 60, 140, 170), 2030: (5, 50, 130, 150),
}
# fmt: on
FIRST_YEAR, LAST_YEAR = min(BEGIN_G_PER_KWH), max(BEGIN_G_PER_KWH)


def index_of(intensity_g_per_kwh: int, year: int) -> str:
    """Return the index of an intensity by the bands of its year; the last ones hold on after 2030."""
    begins = BEGIN_G_PER_KWH[min(max(year, FIRST_YEAR), LAST_YEAR)]
    return NAMES[bisect_right(begins, intensity_g_per_kwh)]
