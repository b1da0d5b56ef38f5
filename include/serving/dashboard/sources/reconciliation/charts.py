"""Charts of what two sources differ by, and of what is left, as Vega-Lite."""

from include.serving.dashboard import fuels, timeline, vega
from include.serving.dashboard.named_bars import named_bars
from include.serving.dashboard.sources.reconciliation.queries import FUEL_NAMES, LAST_STEP_MW, PARTS, STEP_MW
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

_COLOURS = ("#56b4e9", "#9a8fe0", "#e69f00", "#d55e00")
TRACES: tuple[Trace, ...] = tuple(
    (column, name, colour) for (column, name), colour in zip(PARTS, _COLOURS, strict=True)
)
FUELS: tuple[tuple[str, str], ...] = (
    *((fuel.name, fuel.colour) for fuel in fuels.STACK),
    (FUEL_NAMES["unknown"], "#333333"),
)
_PARTS_TIPS = tuple((column, f"{name} (MW)", "+,.0f") for column, name, _ in TRACES)


def by_fuel(bars: int) -> Spec:
    """Return for each fuel what its difference is made of (mean MW)."""
    tips = [
        ("neso_mw", "NESO (MW)", ",.0f"),
        ("elexon_mw", "Elexon (MW)", ",.0f"),
        ("difference_mw", "Difference (MW)", "+,.0f"),
        *_PARTS_TIPS,
    ]
    return named_bars("fuel", bars, TRACES, "MW, NESO less Elexon", tips)


def over_range(interval: Interval) -> Spec:
    """Return the parts of the difference of all fuels over time (mean MW)."""
    lines = timeline.lines(interval, TRACES, {"title": "MW, NESO less Elexon", "format": "+,.0f"})
    tips = [("difference_mw", "Difference (MW)", "+,.0f"), *_PARTS_TIPS]
    return vega.chart([*lines, timeline.ruler(interval, tips, "difference_mw")])


def distribution() -> Spec:
    """Return how many half-hours have which residual, by fuel: bars in steps of MW."""
    names, colours = zip(*FUELS, strict=True)
    last = LAST_STEP_MW + STEP_MW
    bars = {
        "mark": {"type": "bar", "tooltip": True, "width": {"expr": f"max(2, width * {STEP_MW / (2.2 * last):.4f})"}},
        "encoding": {
            "x": {
                "field": "residual_mw",
                "type": "quantitative",
                "scale": {"domain": [-last, last], "nice": False},
                "axis": {"title": "MW left unexplained", "format": ",.0f", "grid": False, "labelOverlap": True},
            },
            "y": {
                "field": "half_hours",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": "half-hours", "format": ",.0f", "tickMinStep": 1},
            },
            "color": {
                "field": "fuel",
                "type": "nominal",
                "scale": {"domain": list(names), "range": list(colours)},
                "legend": None,
            },
            "tooltip": [
                {"field": "fuel", "title": "Fuel", "type": "nominal"},
                vega.tip("residual_mw", "About (MW)", "+,.0f"),
                vega.tip("half_hours", "Half-hours", ","),
            ],
        },
    }
    return vega.chart([bars], height=260)
