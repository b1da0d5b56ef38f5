"""The fuels of the Carbon Intensity API, as every page draws them. It knows no storage, and does not split wind."""

from include.serving.dashboard import fuels
from include.serving.dashboard.vega import Tip, Trace

CODES = frozenset({"biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind"})
STACK = tuple(fuel for fuel in fuels.STACK if fuel.code in CODES)
TRACES: tuple[Trace, ...] = tuple((fuel.share_column, fuel.name, fuel.colour) for fuel in STACK)
# From above, as the stack is seen.
TIPS: tuple[Tip, ...] = tuple((column, f"{name} (%)", ".1f") for column, name, _ in reversed(TRACES))
COLUMNS = {column: f"{name} (%)" for column, name, _ in TRACES}
