"""The BM units: stations, batteries, aggregators, suppliers and users of interconnectors, as many as are wanted.

The names are of the kind that is used; whose they are, and what they can do, is made up.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from include.simulator.chance import drawn
from include.simulator.weather import Floats

# One of every so many units, in turn: every fuel is among the first twenty.
KINDS = (
    "WIND", "CCGT", "supplier", "NUCLEAR", "BIOMASS", "user", "battery", "NPSHYD", "PS", "OCGT", "aggregator", "WIND",
    "CCGT", "OIL", "virtual", "COAL", "supplier", "user", "WIND", "CCGT", "aggregator", "WIND", "supplier", "user",
    "embedded",
)  # fmt: skip

# What all stations of a fuel can give together, in MW.
CAPACITY_MW = {
    "WIND": 20_000, "CCGT": 30_000, "NUCLEAR": 9_500, "BIOMASS": 3_800, "NPSHYD": 1_400, "PS": 2_900, "OCGT": 1_200,
    "OIL": 400, "COAL": 26_000,
}  # fmt: skip
STEMS = {
    "WIND": ("ABRBO", "MOWWO", "SOFWO", "WTMSO", "BRBEO", "MRWD", "WDRGW", "WLNYO", "HOWAO", "TKNEW", "GNFSW", "RCBKO"),
    "CCGT": ("DIDCB", "SPLN", "STAY", "PEMB", "WBURB", "CARR", "ROCK", "CNQPS", "SCCL", "KEAD", "LBAR", "MRWE"),
    "NUCLEAR": ("HEYM1", "HEYM2", "TORN", "SIZB", "HRTL"),
    "BIOMASS": ("DRAXX", "LNMTH", "MARK", "TEESREP"),
    "NPSHYD": ("CLAC", "ERRO", "LARYO", "LOCL", "RANN", "SLOY"),
    "PS": ("DINO", "CRUA", "FFES", "FOYE"),
    "OCGT": ("DIDCG", "GRAIG", "LITTG", "TAYLG"),
    "OIL": ("COSOG", "INDQG"),
    "COAL": ("RATS", "WBUPS", "FERR"),
    "battery": ("LRDSC", "PILLB", "BROFB", "SUNDB", "CONTB"),
    "aggregator": ("ASTK", "NFLX", "HFLX", "FSEN", "EGEN"),
    "virtual": ("EDF", "ALIM", "AOCT"),
    "supplier": ("AANGE", "PNPOW", "EELEC", "GBGAS"),
    "user": ("EGEN", "HART", "ELTR", "VSAL", "CETL", "OMPX"),
    "embedded": ("ABERU", "DALSW", "BTUIW"),
}
# The identifier of each interconnector in reference data: its code among the fuels, its letter in units' names.
INTERCONNECTORS = {
    "FRANCE": ("INTFR", "F"), "BRITNED": ("INTNED", "B"), "IFA2": ("INTIFA2", "2"), "NEMOLINK": ("INTNEM", "N"),
    "ELECLINK": ("INTELEC", "L"), "VIKINGLINK": ("INTVKL", "V"), "MOYLE": ("INTIRL", "M"), "EWIC": ("INTEW", "I"),
    "NSL": ("INTNSL", "S"), "GREENLINK": ("INTGRNL", "G"),
}  # fmt: skip
GSP_GROUPS = (
    ("_A", "Eastern"), ("_B", "East Midlands"), ("_C", "London"), ("_D", "North Wales, Merseyside and Cheshire"),
    ("_E", "West Midlands"), ("_F", "North Eastern"), ("_G", "North Western"), ("_H", "Southern"),
    ("_J", "South Eastern"), ("_K", "South Wales"), ("_L", "South Western"), ("_M", "Yorkshire"),
    ("_N", "South Scotland"), ("_P", "North Scotland"),
)  # fmt: skip
PARTIES = (
    ("Uniper UK Limited", "EONUK"), ("RWE Generation UK", "NPOWER"), ("EDF Energy", "EDFENERGY"),
    ("SSE Generation Ltd", "SSEGEN"), ("Statkraft Markets Gmbh", "STATKRA1"), ("Drax Power Limited", "DRAX"),
    ("VITOL SA", "VITOLSA"), ("Ompex AG", "OMPEX"),
)  # fmt: skip
TYPES = {
    "battery": "T", "aggregator": "S", "virtual": "V", "supplier": "G", "user": "I", "embedded": "E",
}  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """One BM unit. Users of interconnectors have no Elexon name in rows, though they have one in reference data."""

    number: int
    kind: str
    national: str
    elexon: str
    capacity_mw: int
    demand_mw: int  # the most it takes, not negative
    cable: str | None  # the interconnector it uses

    @property
    def bm_unit(self) -> str | None:
        return None if self.kind == "user" else self.elexon

    @property
    def type(self) -> str:
        return TYPES.get(self.kind, "T")

    @property
    def fuel(self) -> str | None:
        """The fuel that reference data tell."""
        fuels = {"battery": "OTHER", "embedded": "WIND"}
        return fuels.get(self.kind, self.kind if self.kind in CAPACITY_MW else None)

    @property
    def takes_bids(self) -> bool:
        return self.kind not in ("supplier", "OIL", "NUCLEAR")

    @property
    def is_metered_generation(self) -> bool:
        return self.kind not in ("supplier", "user", "virtual")

    @property
    def names(self) -> dict[str, str | None]:
        """The two members that name it in rows."""
        return {"nationalGridBmUnit": self.national, "bmUnit": self.bm_unit}


@dataclass(frozen=True)
class Fleet:
    """All BM units."""

    units: tuple[Unit, ...]

    @cached_property
    def capacity_mw(self) -> Floats:
        return np.array([unit.capacity_mw for unit in self.units], dtype=float)

    @cached_property
    def demand_mw(self) -> Floats:
        return np.array([unit.demand_mw for unit in self.units], dtype=float)

    def where(self, kind: str) -> list[int]:
        """Return the numbers of the units of a kind."""
        return [unit.number for unit in self.units if unit.kind == kind]


@lru_cache(maxsize=8)
def fleet(count: int) -> Fleet:
    """Return so many units; a larger fleet begins with those of a smaller one, though they share its output."""
    numbers = np.arange(count)
    sizes = drawn(0, "bmrs unit size", numbers)
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    weights = {fuel: sum(0.3 + sizes[at] for at in range(count) if kinds[at] == fuel) for fuel in CAPACITY_MW}
    seen: dict[str, int] = {}
    units = []
    for number, kind in enumerate(kinds):
        nth = seen[kind] = seen.get(kind, -1) + 1
        size = float(sizes[number])
        share = (0.3 + size) / weights[kind] if kind in weights else size
        units.append(_unit(number, kind, nth, share))
    return Fleet(tuple(units))


def _unit(number: int, kind: str, nth: int, share: float) -> Unit:
    stems = STEMS[kind]
    stem, many = stems[nth % len(stems)], 1 + nth // len(stems)
    if kind in CAPACITY_MW:
        capacity = max(1, round(CAPACITY_MW[kind] * share))
        return Unit(number, kind, f"{stem}-{many}", f"T_{stem}-{many}", capacity, _takes(kind, capacity), None)
    if kind == "user":
        return _user(number, nth, stem, many)
    size = 10 + round(90 * share)
    if kind == "battery":
        return Unit(number, kind, f"{stem}-{many}", f"T_{stem}-{many}", size, size, None)
    if kind == "embedded":
        return Unit(number, kind, f"{stem}-{many}", f"E_{stem}-{many}", size, 1, None)
    if kind == "supplier":
        name = f"2__{stem}{many:03}"
        return Unit(number, kind, name, name, 0, 4 * size, None)
    prefix = "2__" if kind == "aggregator" else "V__"
    return Unit(number, kind, f"AG-{stem}{many:02}", f"{prefix}{stem}{many:03}", size // 3, size // 6, None)


def _takes(kind: str, capacity: int) -> int:
    return capacity if kind == "PS" else capacity // 50


def _user(number: int, nth: int, stem: str, many: int) -> Unit:
    """Return one of a pair of units for each direction of a cable."""
    cable = list(INTERCONNECTORS)[nth // 2 % len(INTERCONNECTORS)]
    letter = INTERCONNECTORS[cable][1]
    is_import = nth % 2 == 0
    name = f"I{letter}{'G' if is_import else 'D'}-{stem}{many}"
    return Unit(number, "user", name, f"I_{name}", 1_000 * is_import, 1_000 * (not is_import), cable)
