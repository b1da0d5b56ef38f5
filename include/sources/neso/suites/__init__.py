"""What must hold of the marts of NESO's generation mix, and why each number is that number."""

from include.sources.neso.suites.daily_coverage import DAILY_COVERAGE
from include.sources.neso.suites.half_hourly_generation import HALF_HOURLY_GENERATION
from include.sources.neso.suites.half_hourly_generation_mix import HALF_HOURLY_GENERATION_MIX

MARTS = (HALF_HOURLY_GENERATION, HALF_HOURLY_GENERATION_MIX, DAILY_COVERAGE)
