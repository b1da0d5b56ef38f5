"""Charts of prices and of the imbalance, as Vega-Lite."""

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

PRICES: tuple[Trace, ...] = (
    ("system_price_gbp_per_mwh", "System price", "#d55e00"),
    ("market_index_price_gbp_per_mwh", "Market index price", "#0072b2"),
)
IMBALANCE: tuple[Trace, ...] = (
    ("short_mwh", "The system was short", "#cc79a7"),
    ("long_mwh", "The system was long", "#009e73"),
)


def prices(interval: Interval) -> Spec:
    """Return both prices in £/MWh."""
    lines = timeline.lines(interval, PRICES, {"title": "£/MWh"})
    tips = [
        *((column, f"{name} (£/MWh)", ",.2f") for column, name, _ in PRICES),
        ("net_imbalance_volume_mwh", "Net imbalance (MWh)", "+,.0f"),
    ]
    return vega.chart([*lines, timeline.ruler(interval, tips, *(column for column, _, _ in PRICES))])


def imbalance(interval: Interval, points: int) -> Spec:
    """Return the net imbalance volume in MWh: above zero the system was short, below it was long."""
    bands = timeline.stack(interval, points, IMBALANCE, {"axis": {"title": "MWh", "format": ",.0f"}})
    tips = [("net_imbalance_volume_mwh", "Net imbalance (MWh)", "+,.0f")]
    return vega.chart([*bands, timeline.ruler(interval, tips, "net_imbalance_volume_mwh")], height=200)
