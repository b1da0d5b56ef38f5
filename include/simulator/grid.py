"""What Great Britain's grid would have generated, half-hour by half-hour since 2009, in whole MW.

The yearly means follow those of the published file (renewables, low carbon and fossil shares of 2009 to 2025);
between them sun, wind, people and habit decide. Nothing here is a forecast or a measurement.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from include.simulator import weather
from include.simulator.weather import Floats, Instants

# Yearly means in MW, the limit of the cables in MW, and coal's share of the fossil.
# fmt: off
YEARLY_COLUMNS = (
    "total", "nuclear", "wind", "embedded", "hydro", "storage", "solar",
    "biomass", "other", "imports", "import_limit", "coal_share",
)
YEARLY = {
    2009: (37400,   7740,  450,     105,  330,    380,    0,      0,    0,    640,        2500,      0.43),
    2010: (38200,   6840,  440,     108,  250,    330,    0,      0,    0,    720,        2600,      0.43),
    2011: (36900,   7710, 1050,     350,  400,    310,    0,      0,    0,    860,        3500,      0.47),
    2012: (36900,   7820, 1400,     400,  390,    320,    0,    250,   80,   1360,        3900,      0.62),
    2013: (36600,   7800, 1850,     620,  380,    310,  190,    450,   80,   1700,        4000,      0.61),
    2014: (35400,   7120, 2250,     700,  430,    310,  440,    750,   80,   2680,        4000,      0.54),
    2015: (35000,   7840, 2800,     960,  440,    300,  850,   1000,   80,   2900,        4000,      0.46),
    2016: (34700,   7980, 2650,     980,  380,    320, 1120,   1150,   80,   2750,        4000,       0.2),
    2017: (34000,   7650, 3800,    1220,  420,    310, 1250,   1500,   80,   2650,        4000,      0.16),
    2018: (33800,   7080, 4350,    1350,  380,    260, 1390,   1850,  130,   2600,        4000,      0.12),
    2019: (33000,   5980, 4900,    1500,  410,    200, 1400,   2200,  150,   3000,        5000,     0.055),
    2020: (31200,   5420, 6000,    1700,  500,    190, 1450,   2190,  200,   2800,        5500,     0.045),
    2021: (32600,   4950, 5500,    1525,  410,    210, 1350,   2450,  250,   3500,        6800,     0.055),
    2022: (33300,   5100, 7050,    1840,  400,    230, 1500,   1850,  350,   1900,        7400,     0.045),
    2023: (31000,   4300, 7050,    1780,  420,    220, 1500,   1720,  450,   3850,        7800,      0.03),
    2024: (31400,   4380, 7700,    1830,  430,    230, 1580,   2220,  580,   5900,        9148,      0.02),
    2025: (31700,   3850, 7450,    1850,  330,    230, 2080,   2150,  680,   5200,        9148,       0.0),
    2026: (32500,   3900, 8400,    1950,  380,    190, 2350,   2200,  640,   5000,        9148,       0.0),
}
# fmt: on

SOLAR_BEGINS = np.datetime64("2013-01-01T00:00", "s")
OTHER_BEGINS = np.datetime64("2012-02-01T16:30", "s")
BIOMASS_BEGINS = np.datetime64("2017-11-01T20:00", "s")  # until then it is inside OTHER
COAL_ENDS = np.datetime64("2024-09-30T23:00", "s")  # Ratcliffe-on-Soar, the last plant

RARE_COAL_SHARE = 0.2  # below it, coal stands still most days

SATURDAY = 5  # days since Monday
CHRISTMAS_EVE = 357  # days since 1 January

LOWEST_GENERATION_MW = 17_000.0
HIGHEST_GENERATION_MW = 59_000.0

# g/kWh of each fuel; imports carry a mean of their countries.
GAS_G_PER_KWH, COAL_G_PER_KWH, BIOMASS_G_PER_KWH, OTHER_G_PER_KWH, IMPORTS_G_PER_KWH = 394, 937, 120, 300, 110


# No meter stands still: how much each fuel moves from one half-hour to the next, as a share.
RESTLESSNESS = {
    "GAS": 0.004, "COAL": 0.004, "NUCLEAR": 0.0012, "WIND": 0.006, "WIND_EMB": 0.003, "HYDRO": 0.03, "IMPORTS": 0.004,
    "BIOMASS": 0.006, "OTHER": 0.03, "SOLAR": 0.01, "STORAGE": 0.04,
}  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """MW of each published fuel, whole numbers, one per half-hour."""

    half_hours: Instants
    fuels_mw: dict[str, Floats]


@dataclass(frozen=True)
class _Scene:
    """The half-hours to fill, and whose luck they have."""

    seed: int
    half_hours: Instants

    def wandering(self, name: str, *, memory_h: float) -> Floats:
        return weather.wandering(self.seed, name, len(self.half_hours), memory_h=memory_h)

    def through_the_years(self, column: str) -> Floats:
        """Interpolate a column of YEARLY, each figure in the middle of its year."""
        middles = _seconds(*(str(year) for year in YEARLY))
        between: Floats = np.interp(self.half_hours.astype(int), middles, _yearly(column))
        return between

    def in_its_year(self, column: str) -> Floats:
        """Give each half-hour the figure of its own year; the last one holds on."""
        number = self.half_hours.astype("datetime64[Y]").astype(int) + 1970 - min(YEARLY)
        figures: Floats = _yearly(column)[np.clip(number, 0, len(YEARLY) - 1)]
        return figures

    @property
    def winterness(self) -> Floats:
        return weather.winterness(self.half_hours)


def reaching(end: np.datetime64, *, seed: int) -> Grid:
    """Return the history up to `end` (UTC) or somewhat further; all publishers that ask tell of one grid."""
    return _generated(seed, end.astype("datetime64[M]") + np.timedelta64(1, "M"))


@lru_cache(maxsize=4)
def _generated(seed: int, end: np.datetime64) -> Grid:
    return generate(seed, end=end)


def generate(seed: int, *, end: np.datetime64) -> Grid:
    """Return the whole history up to `end` (UTC, not included)."""
    scene = _Scene(seed, weather.half_hours_before(end))
    demand = _demand(scene)
    fuels = _must_run(scene, demand)
    fuels["IMPORTS"] = _imports(scene, demand - sum(fuels.values()))
    fossil = _fossil(scene, demand - sum(fuels.values()))
    fuels["COAL"] = _coal(scene, fossil)
    fuels["GAS"] = np.clip(fossil - fuels["COAL"], 120, 27_600)
    _keep_within_bounds(fuels)
    return Grid(scene.half_hours, {fuel: np.rint(_restless(scene, fuel, mw)) for fuel, mw in fuels.items()})


def carbon_intensity(fuels_mw: dict[str, Floats], generation_mw: Floats) -> Floats:
    """Return g/kWh of what is consumed, not rounded."""
    grams = (
        fuels_mw["GAS"] * GAS_G_PER_KWH
        + fuels_mw["COAL"] * COAL_G_PER_KWH
        + fuels_mw["BIOMASS"] * BIOMASS_G_PER_KWH
        + fuels_mw["OTHER"] * OTHER_G_PER_KWH
        + fuels_mw["IMPORTS"] * IMPORTS_G_PER_KWH
    )
    intensity: Floats = grams / generation_mw
    return intensity


def _restless(scene: _Scene, fuel: str, mw: Floats) -> Floats:
    rng = np.random.default_rng([scene.seed, *f"{fuel} restless".encode()])
    stir = np.clip(rng.standard_normal(len(mw), dtype=np.float32), -3, 3)
    return mw * (1 + RESTLESSNESS[fuel] * stir)


def _between(mw: Floats, low: Floats | float, high: Floats | float, *, ease: float) -> Floats:
    """Return what bends towards its limits, over `ease` MW, instead of lying flat on them."""
    above = low + ease * np.logaddexp(0, (mw - low) / ease)
    within: Floats = high - ease * np.logaddexp(0, (high - above) / ease)
    return np.clip(within, low, None)


# Demand over a day of local time, hour by hour from midnight, as a share of the day's mean.
_WORKDAY_WINTER = (.80, .78, .76, .74, .75, .80, .92, 1.04, 1.09, 1.09, 1.09, 1.10, 1.10, 1.09, 1.08, 1.11, 1.21, 1.28, 1.25, 1.19, 1.11, 1.03, .94, .86)  # fmt: skip  # noqa: E501
_WORKDAY_SUMMER = (.79, .75, .73, .73, .75, .82, .95, 1.06, 1.10, 1.11, 1.12, 1.13, 1.13, 1.11, 1.09, 1.09, 1.12, 1.15, 1.13, 1.09, 1.06, 1.05, .99, .88)  # fmt: skip  # noqa: E501
_WEEKEND = (.86, .82, .79, .77, .77, .79, .83, .90, .98, 1.04, 1.07, 1.09, 1.10, 1.08, 1.06, 1.07, 1.13, 1.19, 1.18, 1.14, 1.09, 1.05, .99, .92)  # fmt: skip  # noqa: E501


def _demand(scene: _Scene) -> Floats:
    """Return what people want: by hour of the local day, by weekday, by season, by the cold."""
    local = weather.local_time(scene.half_hours)
    weekend = weather.weekday(local) >= SATURDAY
    shape = np.where(weekend, _at_hour(_WEEKEND, local), _workday_shape(scene, local))
    level = np.where(weekend, 0.915, 1.034) * (1 + 0.135 * scene.winterness) * _christmas(local)
    cold = 0.028 * scene.wandering("cold", memory_h=90) + 0.008 * scene.wandering("mood", memory_h=4)
    return scene.in_its_year("total") * level * shape * (1 + cold)


def _workday_shape(scene: _Scene, local: Instants) -> Floats:
    winter = (1 + scene.winterness) / 2
    shape: Floats = winter * _at_hour(_WORKDAY_WINTER, local) + (1 - winter) * _at_hour(_WORKDAY_SUMMER, local)
    return shape


def _at_hour(shape: tuple[float, ...], local: Instants) -> Floats:
    at: Floats = np.interp(weather.hour_of_day(local), np.arange(25), [*shape, shape[0]])
    return at


def _christmas(local: Instants) -> Floats:
    """Return less between Christmas and New Year, when factories rest."""
    day = weather.day_of_year(local)
    return np.where((day >= CHRISTMAS_EVE) | (day < 1), 0.88, 1.0)


def _must_run(scene: _Scene, demand: Floats) -> dict[str, Floats]:
    """Return the fuels that run when they can, whatever the price."""
    wind, embedded = _wind(scene)
    biomass, other = _biomass_and_other(scene)
    return {
        "NUCLEAR": _nuclear(scene),
        "WIND": wind,
        "WIND_EMB": embedded,
        "HYDRO": _hydro(scene),
        "BIOMASS": biomass,
        "OTHER": other,
        "SOLAR": _solar(scene),
        "STORAGE": _storage(scene, demand),
    }


def _nuclear(scene: _Scene) -> Floats:
    """Return reactors: flat for days, with outages, mostly in summer."""
    outages = 1 + 0.05 * scene.winterness + 0.07 * scene.wandering("outages", memory_h=400)
    output = _between(scene.through_the_years("nuclear") * outages, 2_065, 9_300, ease=400)
    # Even at their limit they breathe with the temperature of the sea.
    return output * (1 + 0.002 * scene.wandering("reactors", memory_h=6))


def _wind(scene: _Scene) -> tuple[Floats, Floats]:
    """Return metered and embedded wind: the same gales, felt a little differently."""
    gale = 0.85 * scene.wandering("wind", memory_h=30) + 0.53 * scene.wandering("fronts", memory_h=8)
    inland = 0.9 * gale + 0.43 * scene.wandering("inland", memory_h=12)
    season = 0.42 * scene.winterness
    metered = scene.in_its_year("wind") * _load_factor(1.25 * gale + season)
    embedded = scene.in_its_year("embedded") * _load_factor(1.2 * inland + season)
    return _between(metered, 0, 18_200, ease=150), _between(embedded, 0, 5_900, ease=60)


def _load_factor(gale: Floats) -> Floats:
    """Return output as a share of its yearly mean: it saturates in a storm."""
    factor: Floats = 1 / (1 + np.exp(0.85 - gale)) / 0.346
    return factor


def _solar(scene: _Scene) -> Floats:
    """Return panels under a moving sky; nothing while the sun is down."""
    height = np.maximum(weather.sun_height(scene.half_hours), 0)
    clouds = scene.wandering("clouds", memory_h=14) + 0.4 * scene.wandering("showers", memory_h=2)
    clear = 0.18 + 0.82 / (1 + np.exp(-1.3 * clouds - 0.2))
    output = scene.through_the_years("solar") * height**1.15 * clear * 8.05
    return np.where(scene.half_hours < SOLAR_BEGINS, 0, np.minimum(output, 16_200))


def _hydro(scene: _Scene) -> Floats:
    rain = 1 + 0.28 * scene.winterness + 0.42 * scene.wandering("rain", memory_h=300)
    peak = 0.12 * scene.wandering("gates", memory_h=5)
    return _between(scene.in_its_year("hydro") * (rain + peak), 40, 1_300, ease=60)


def _storage(scene: _Scene, demand: Floats) -> Floats:
    """Return pumped storage at the peaks; pumping is negative and is cut at zero."""
    peak = demand / scene.in_its_year("total") / (1 + 0.135 * scene.winterness) - 1.0
    wanted = 11 * peak + 2.0 * scene.wandering("pumps", memory_h=3) + 0.1
    output: Floats = np.clip(scene.in_its_year("storage") * wanted, 0, 2_650)
    return output


def _biomass_and_other(scene: _Scene) -> tuple[Floats, Floats]:
    boilers = 1 + 0.08 * scene.winterness + 0.22 * scene.wandering("boilers", memory_h=200)
    biomass = _between(scene.through_the_years("biomass") * boilers, 150, 3_300, ease=200)
    peakers = np.exp(0.75 * scene.wandering("peakers", memory_h=7)) / 1.32
    other = _between(scene.through_the_years("other") * peakers, 0, 2_900, ease=30)
    apart = scene.half_hours >= BIOMASS_BEGINS
    counted = scene.half_hours >= OTHER_BEGINS
    return np.where(apart, biomass, 0), np.where(counted, other + np.where(apart, 0, biomass), 0)


def _imports(scene: _Scene, missing: Floats) -> Floats:
    """Return what the cables bring: less when the island has plenty of its own."""
    plenty = np.clip((missing / scene.in_its_year("total") - 0.08) / 0.3, 0.25, 1.25)
    price = 1 + 0.42 * scene.wandering("price", memory_h=20) + 0.15 * scene.wandering("trade", memory_h=4)
    wanted = scene.in_its_year("imports") * price * plenty
    return _between(wanted, 0, scene.in_its_year("import_limit"), ease=200)


def _fossil(scene: _Scene, missing: Floats) -> Floats:
    """Return what is left to burn for; some plant always runs for the grid's sake, and the rest is exported."""
    least = np.interp(scene.half_hours.astype(int), _seconds("2012", "2022"), (4_000, 1_500))
    least = least * np.exp(0.35 * scene.wandering("constraints", memory_h=12))
    eased: Floats = least + 900 * np.logaddexp(0, (missing - least) / 900)
    return eased


def _coal(scene: _Scene, fossil: Floats) -> Floats:
    """Return coal's part of the fossil; it retreats into winter, then goes."""
    share = scene.in_its_year("coal_share")
    mood = 1 + 0.25 * scene.winterness + 0.25 * scene.wandering("coal", memory_h=120)
    rare = np.where(share < RARE_COAL_SHARE, np.clip(1.9 * mood - 0.9, 0, None), mood)
    output = np.clip(fossil * np.clip(share * rare, 0, 0.88), 0, 26_000)
    return np.where(scene.half_hours < COAL_ENDS, output, _stray_coal(scene))


def _stray_coal(scene: _Scene) -> Floats:
    """Return a few MW in about one half-hour of 3,600: the real file has such, with no plant left."""
    drawn = np.random.default_rng([scene.seed, *b"stray"]).random(len(scene.half_hours))
    return np.where(drawn < 1 / 3_600, 26 + np.floor(drawn * 3_600 * 26), 0)


def _keep_within_bounds(fuels: dict[str, Floats]) -> None:
    """Let gas make up for a total no British day has seen, and imports for a plenty beyond gas."""
    total: Floats = np.sum(list(fuels.values()), axis=0)
    fuels["GAS"] += np.maximum(LOWEST_GENERATION_MW - total, 0)
    excess = np.maximum(total - HIGHEST_GENERATION_MW, 0)
    for fuel in ("GAS", "IMPORTS", "WIND"):
        cut = np.minimum(excess, fuels[fuel])
        fuels[fuel] -= cut
        excess -= cut


def _yearly(column: str) -> Floats:
    at = YEARLY_COLUMNS.index(column)
    return np.array([figures[at] for figures in YEARLY.values()], dtype=float)


def _seconds(*years: str) -> list[int]:
    return [int(np.datetime64(f"{year}-07-01", "s").astype(int)) for year in years]
