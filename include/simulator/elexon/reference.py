"""Reference data: the BM units and the interconnectors; and the names on the list of datasets."""

from collections.abc import Iterator

import numpy as np

from include.simulator.chance import drawn
from include.simulator.elexon.rows import Row
from include.simulator.elexon.units import GSP_GROUPS, INTERCONNECTORS, PARTIES, Unit, fleet

# One in so many is listed a second time with hardly any member set, as those that are to come.
NEARLY_EMPTY_EVERY = 45
FLAGS = ("creditQualifyingStatus", "demandInProductionFlag")
UNIT_MEMBERS = (
    "nationalGridBmUnit", "elexonBmUnit", "eic", "fuelType", "leadPartyName", "bmUnitType", "fpnFlag", "bmUnitName",
    "leadPartyId", "demandCapacity", "generationCapacity", "productionOrConsumptionFlag", "transmissionLossFactor",
    "workingDayCreditAssessmentImportCapability", "nonWorkingDayCreditAssessmentImportCapability",
    "workingDayCreditAssessmentExportCapability", "nonWorkingDayCreditAssessmentExportCapability",
    "creditQualifyingStatus", "demandInProductionFlag", "gspGroupId", "gspGroupName", "interconnectorId",
)  # fmt: skip

BIDDING_ZONES = {
    "FRANCE": ("IFA", "10YFR-RTE------C"), "BRITNED": ("BritNed", "10YNL----------L"),
    "IFA2": ("IFA2", "10YFR-RTE------C"), "NEMOLINK": ("Nemo Link", "10YBE----------2"),
    "ELECLINK": ("ElecLink", "10YFR-RTE------C"), "VIKINGLINK": ("Viking Link", "10YDK-1--------W"),
    "MOYLE": ("Moyle", "10Y1001A1001A59C"), "EWIC": ("East West Interconnector", "10Y1001A1001A59C"),
    "NSL": ("North Sea Link", "10YNO-2--------T"), "GREENLINK": ("Greenlink", "10Y1001A1001A59C"),
}  # fmt: skip

# The list of datasets, in its order: three stand on it under another name than their route's, three have none.
LISTED = (
    "FUELINST", "FUELHH", "UOU2T14D", "UOU2T3YW", "FOU2T14D", "FOU2T3YW", "NOU2T14D", "NOU2T3YW", "FREQ",
    "IMBALANGC", "INDDEM", "INDGEN", "INDO", "INDOD", "ITSDO", "MELNGC", "NDF", "NDFD", "NDFW", "OCNMF3Y",
    "OCNMF3Y2", "OCNMFD", "OCNMFD2", "OCNMFW", "OCNMFW2", "TEMP", "TSDF", "TSDFD", "TSDFW", "WINDFOR", "IMBALNGC",
    "NONBM", "PN", "QPN", "SIL", "SEL", "MDV", "MZT", "MDP", "MNZT", "NTO", "NTB", "NDZ", "RURE", "RURI", "RDRE",
    "RDRI", "MID", "QAS", "BOALF", "BOD", "NETBSAD", "DISBSAD", "MELS", "MILS", "LOLPDM", "SYS_WARN", "SOSO",
    "AGPT", "AGWS", "DGWS", "DAG", "IGCA", "IGCPU", "ATL", "DATL", "WATL", "MATL", "YATL", "YAFM", "ABUC", "PPBR",
    "CCM", "FEIB", "AOBE", "BEB", "CBS", "PBC", "TUDM", "SAA-I062", "RZDF", "RZDR",
)  # fmt: skip
ALIASES = {"IMBALANGC": "IMBALNGC", "LOLPDM": "LOLPDRM", "SYS_WARN": "SYSWARN"}
# Whose time is told for those that have no route.
UPDATED_LIKE = {"OCNMFW": "NDFW", "OCNMFW2": "NDFW", "SAA-I062": "TUDM"}


def bm_units(count: int) -> Iterator[Row]:
    """Yield so many units, some that are nearly empty, and one that is listed twice."""
    units = fleet(count).units
    for unit in units:
        yield _unit(unit)
        if unit.number % NEARLY_EMPTY_EVERY == NEARLY_EMPTY_EVERY - 1:
            empty = dict.fromkeys(UNIT_MEMBERS) | {"nationalGridBmUnit": f"X{unit.national}", "fuelType": "WIND"}
            yield empty | dict.fromkeys(FLAGS, False)
    yield from (_unit(unit) for unit in units[len(units) // 2 :][:1])


def _unit(unit: Unit) -> Row:
    name, code = PARTIES[unit.number % len(PARTIES)]
    group = (None, None) if unit.type in ("T", "I") else GSP_GROUPS[unit.number % len(GSP_GROUPS)]
    takes, gives = -float(unit.demand_mw), float(unit.capacity_mw)
    loss = float(drawn(0, "bmrs loss", np.array([unit.number]))[0]) / 10 - 0.05
    is_assessed = unit.type != "I"
    assessed = [f"{0.4 * each * is_assessed:.3f}" for each in (takes, takes, gives, gives)]
    members = (
        unit.national, unit.elexon, f"48W00000{unit.national}" if unit.type == "T" else None, unit.fuel, name,
        unit.type, True, unit.national.title(), code, f"{takes:.3f}", f"{gives:.3f}", "P" if gives else "C",
        f"{loss:.7f}", *assessed, is_assessed and gives > 0, False, *group, unit.cable,
    )  # fmt: skip
    return dict(zip(UNIT_MEMBERS, members, strict=True))


def interconnectors() -> Iterator[Row]:
    """Yield those whose units there are."""
    for identifier in INTERCONNECTORS:
        name, zone = BIDDING_ZONES[identifier]
        yield {"interconnectorId": identifier, "interconnectorName": name, "interconnectorBiddingZone": zone}
