"""Charts of three sources and of their differences, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.carbon.intensity import ACTUAL_COLOUR
from include.serving.dashboard.carbon.reconciliation.queries import Comparison
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

SOURCES: tuple[Trace, ...] = (
    ("api_g_per_kwh", "API’s actual", ACTUAL_COLOUR),
    ("neso_g_per_kwh", "NESO’s", "#0072b2"),
    ("computed_g_per_kwh", "Ours: NESO’s fuels by the API’s factors", "#e69f00"),
)
# Whole, then its parts.
DIFFERENCE_COLOURS = ("#8c510a", "#56b4e9", "#009e73", "#cc79a7")


def sources(interval: Interval) -> Spec:
    """Return the three figures (g CO2 per kWh)."""
    return _lines(interval, SOURCES, "g CO₂/kWh", ".0f", dashed=frozenset({"computed_g_per_kwh"}))


def traces(comparison: Comparison) -> tuple[Trace, ...]:
    """Return the lines of a difference and of its parts."""
    named = ((comparison.column, f"{comparison.name}, in all"), *comparison.parts)
    return tuple((column, name, colour) for (column, name), colour in zip(named, DIFFERENCE_COLOURS, strict=True))


def differences(interval: Interval, comparison: Comparison) -> Spec:
    """Return a difference (a line) and its parts (dashes), in g CO2 per kWh, signed."""
    parts = frozenset(column for column, _ in comparison.parts)
    return _lines(interval, traces(comparison), "g CO₂/kWh", "+.1f", dashed=parts, height=240)


def _lines(
    interval: Interval,
    traces: tuple[Trace, ...],
    title: str,
    form: str,
    *,
    dashed: frozenset[str],
    height: int = vega.HEIGHT,
) -> Spec:
    lines = timeline.lines(interval, traces, {"title": title}, dashed=dashed)
    tips = [(column, f"{name} (g/kWh)", form) for column, name, _ in traces]
    return vega.chart([*lines, timeline.ruler(interval, tips, *(column for column, _, _ in traces))], height=height)
