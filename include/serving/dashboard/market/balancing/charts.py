"""Charts of what was asked of units, and of what they notified, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.named_bars import named_bars
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

VOLUMES: tuple[Trace, ...] = (
    ("offers_mwh", "Up, for energy", "#d55e00"),
    ("system_offers_mwh", "Up, for the network", "#f0b27a"),
    ("bids_mwh", "Down, for energy", "#0072b2"),
    ("system_bids_mwh", "Down, for the network", "#8cc5e8"),
)
COST_COLOUR, NOTIFIED_COLOUR = "#117733", "#7b5ea7"
_TIPS = (
    *((column, f"{name} (MWh)", "+,.0f") for column, name, _ in VOLUMES),
    ("cost_gbp", "Cost (£)", "+,.0f"),
)


def volumes(interval: Interval, points: int) -> Spec:
    """Return the energy moved up (above zero) and down (below it), in MWh."""
    bands = timeline.stack(interval, points, VOLUMES, {"axis": {"title": "MWh", "format": ",.0f"}})
    return vega.chart([*bands, timeline.ruler(interval, _TIPS, "offers_mwh")], height=260)


def cost(interval: Interval, points: int) -> Spec:
    """Return what it cost in £: what the operator pays is above zero."""
    traces = (("cost_gbp", "Cost", COST_COLOUR),)
    bands = timeline.stack(interval, points, traces, {"axis": {"title": "£", "format": "~s"}})
    return vega.chart([*bands, timeline.ruler(interval, _TIPS, "cost_gbp")], height=260)


def by_name(bars: int) -> Spec:
    """Return the energy moved up and down by fuel or by unit, in MWh."""
    return named_bars("name", bars, VOLUMES, "MWh", _TIPS)


def notified(bars: int) -> Spec:
    """Return the notified energy by unit, in MWh."""
    tips = [
        ("notified_mwh", "Notified (MWh)", ",.0f"),
        ("highest_mw", "Highest (MW)", ",.0f"),
        ("lowest_mw", "Lowest (MW)", ",.0f"),
        ("generation_capacity_mw", "Capacity (MW)", ",.0f"),
    ]
    return named_bars("name", bars, (("notified_mwh", "Notified", NOTIFIED_COLOUR),), "MWh", tips)
