"""The chart of the regions' mix, as Vega-Lite."""

from collections.abc import Sequence

import pyarrow as pa

from include.serving.dashboard import vega
from include.serving.dashboard.carbon.fuels import TIPS, TRACES
from include.serving.dashboard.carbon.regions.queries import Region
from include.serving.dashboard.vega import Spec

_BAR_PX = 24


def rows(regions: Sequence[Region]) -> pa.Table:
    """Return what is drawn: a row for each region with a mix."""
    return pa.Table.from_pylist([{"region": each.region, **each.shares_pct} for each in regions if each.has_mix])


def mix_by_region(bars: int) -> Spec:
    """Return the mix of each region as a bar of its fuels, in percent."""
    stacked = {
        "transform": vega.one_by_one(TRACES),
        "mark": {"type": "bar", **vega.told("Region", f"{vega.POINTED}.region", TIPS)},
        "encoding": {
            "y": {
                "field": "region",
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "labelLimit": 130, "ticks": False, "domain": False},
                "scale": {"paddingInner": 0.18},
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": "%", "format": ".0f"},
                "scale": {"domain": [0, 100]},
            },
            "order": {"field": "place", "type": "quantitative"},
            "color": vega.colour(TRACES),
        },
    }
    return vega.chart([stacked], height=bars * _BAR_PX + 50)
