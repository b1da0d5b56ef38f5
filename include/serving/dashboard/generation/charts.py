"""Charts of the mix over time, as Vega-Lite."""

from collections.abc import Sequence

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.fuels import (
    CARBON_COLOUR,
    INTENSITY_COLOUR,
    STACK,
    UNCLASSIFIED_COLOUR,
    ZERO_CARBON_COLOUR,
)
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

# What is published of an interval has a total.
PUBLISHED = "generation_mw"
BALANCE = (
    ("zero_carbon_mw", "Zero-carbon", ZERO_CARBON_COLOUR),
    ("carbon_mw", "Carbon", CARBON_COLOUR),
    ("unclassified_mw", "Imports, storage and rounding", UNCLASSIFIED_COLOUR),
)


def power_by_fuel(interval: Interval, points: int) -> Spec:
    """Return the stack of fuels in MW."""
    return _stack(interval, points, "_mw", {"title": "MW", "format": ",.0f"})


def share_by_fuel(interval: Interval, points: int) -> Spec:
    """Return the stack of fuels in percent of the total."""
    return _stack(interval, points, "_pct", {"title": "%", "format": ".0f"}, domain=(0, 100))


def carbon_balance(interval: Interval) -> Spec:
    """Return zero-carbon against carbon power, in MW."""
    lines = timeline.lines(interval, BALANCE, {"title": "MW", "format": ",.0f"})
    tips = [(column, f"{name} (MW)", ",.0f") for column, name, _ in BALANCE]
    return vega.chart([timeline.provisional(), *lines, timeline.ruler(interval, tips, PUBLISHED)])


def share_and_intensity(interval: Interval) -> Spec:
    """Return the zero-carbon share (left) against the carbon intensity (right)."""
    lines: tuple[tuple[str, str, str, str, list[int]], ...] = (
        ("zero_carbon_pct", "Zero-carbon (%)", ZERO_CARBON_COLOUR, "left", []),
        ("carbon_intensity_g_per_kwh", "Carbon intensity (g CO₂/kWh)", INTENSITY_COLOUR, "right", [5, 3]),
    )
    share, intensity = (timeline.line(interval, *each) for each in lines)
    tips = [(column, title, ".1f") for column, title, _, _, _ in lines]
    layers: list[Spec] = [
        {"layer": [timeline.provisional(), *share, timeline.ruler(interval, tips, PUBLISHED)]},
        {"layer": intensity},
    ]
    return vega.chart(layers) | {"resolve": {"scale": {"y": "independent"}}}


def difference_by_fuel(interval: Interval) -> Spec:
    """Return, for each fuel, MW as published now minus MW as known then."""
    fuels = _fuels("_mw")
    lines = timeline.lines(interval, fuels, {"title": "MW, now minus then", "format": "+,.0f"})
    tips = [(fuel.column, f"{fuel.name} (MW)", "+,.0f") for fuel in reversed(STACK)]
    return vega.chart([timeline.provisional(), *lines, timeline.ruler(interval, tips, PUBLISHED)], height=240)


def _stack(interval: Interval, points: int, suffix: str, axis: Spec, *, domain: Sequence[float] | None = None) -> Spec:
    y = {"axis": axis} | ({"scale": {"domain": list(domain)}} if domain else {})
    bands = timeline.stack(interval, points, _fuels(suffix), y)
    unit = "MW" if suffix == "_mw" else "%"
    form = ",.0f" if suffix == "_mw" else ".1f"
    tips = [(f"{fuel.code}{suffix}", f"{fuel.name} ({unit})", form) for fuel in reversed(STACK)]
    total = [("generation_mw", "Total (MW)", ",.0f"), ("energy_mwh", "Energy (MWh)", ",.0f")]
    return vega.chart([*bands, timeline.provisional(), timeline.ruler(interval, [*total, *tips], PUBLISHED)])


def _fuels(suffix: str) -> list[Trace]:
    return [(f"{fuel.code}{suffix}", fuel.name, fuel.colour) for fuel in STACK]
