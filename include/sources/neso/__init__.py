"""NESO, the system operator of Great Britain: its data portal, https://www.neso.energy/data-portal."""

from include.sources.neso.generation_mix import GENERATION_MIX

DATASETS = (GENERATION_MIX,)

__all__ = ["DATASETS", "GENERATION_MIX"]
