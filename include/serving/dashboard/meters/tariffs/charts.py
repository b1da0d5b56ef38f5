"""Charts of agreements, tariffs and regions, as Vega-Lite."""

from collections.abc import Sequence

import pyarrow as pa

from include.serving.dashboard import timeline, vega
from include.serving.dashboard.meters.charts import CONSUMPTION_COLOUR, IDLE_COLOUR, WORDS_COLOUR, stacked
from include.serving.dashboard.meters.tariffs.queries import Group
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec, Trace

# Of Okabe and Ito: so many tariffs can be told apart.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c510a")
OTHER_COLOUR = "#5c7080"
KINDS: dict[str, str] = {"Fixed": "#0072b2", "Variable": "#e69f00", "Not known": OTHER_COLOUR}
KEPT_BACK_COLOUR = IDLE_COLOUR
_BAR_PX = 26


def traces(names: Sequence[str]) -> tuple[Trace, ...]:
    """Return the tariffs that are drawn, the first ones of these, each with a colour that it has in all charts."""
    return tuple(
        (f"tariff_{number}", name, colour) for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False))
    )


def agreements(interval: Interval, points: int, groups: Sequence[Trace]) -> Spec:
    """Return the stack of agreements by group."""
    # From above, as the stack is seen.
    tips = [(column, name, ",.0f") for column, name, _ in reversed(groups)]
    return stacked(interval, points, groups, {"title": "agreements", "format": ",.0f"}, tips)


def daily(interval: Interval, tariffs: Sequence[Trace]) -> Spec:
    """Return what meters on each tariff used on a day (kWh)."""
    tips = [(column, f"{name} (kWh)", ",.3f") for column, name, _ in tariffs]
    lines = timeline.lines(interval, tariffs, {"title": "kWh a day"})
    columns = [column for column, _, _ in tariffs]
    return vega.chart([*lines, timeline.ruler(interval, tips, *columns)], height=260)


def profile(tariffs: Sequence[Trace]) -> Spec:
    """Return what a mean meter on each tariff used by half-hour of the day (kWh)."""
    x = {
        "field": "hour",
        "type": "quantitative",
        "scale": {"domain": [0, 24], "nice": False},
        "axis": {
            "title": "time of day in London",
            "values": list(range(0, 25, 3)),
            "labelExpr": "format(datum.value, '02d') + ':00'",
            "labelOverlap": True,
            "grid": False,
        },
    }
    lines = {
        "transform": vega.one_by_one(tariffs),
        "mark": timeline.LINE,
        "encoding": {
            "x": x,
            "y": {"field": "value", "type": "quantitative", "axis": {"title": "kWh a half-hour"}},
            "color": vega.colour(tariffs),
        },
    }
    tips = [(column, f"{name} (kWh)", ".3f") for column, name, _ in tariffs]
    told = vega.told("Half-hour from", f"{vega.POINTED}.when", tips)
    return vega.chart([lines, vega.ruler(x, told)], height=260)


def region_rows(regions: Sequence[Group], words: str) -> pa.Table:
    """Return what is drawn of each region; one that is kept back has words instead of a figure."""
    return pa.table(
        {
            "region": [each.name for each in regions],
            "meter_day_kwh": pa.array([each.meter_day_kwh for each in regions], pa.float64()),
            "meters": pa.array([each.meters for each in regions], pa.int64()),
            "words": [words if each.is_kept_back else "" for each in regions],
        }
    )


def by_region(regions: int) -> Spec:
    """Return what a mean meter of each region used on a day (kWh)."""
    y = {
        "field": "region",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelLimit": 160, "ticks": False, "domain": False},
        "scale": {"paddingInner": 0.22},
    }
    x = {"field": "meter_day_kwh", "type": "quantitative", "axis": {"title": "kWh per meter and day", "grid": False}}
    tips = [("meter_day_kwh", "kWh per meter and day", ".3f"), ("meters", "Meters", ",")]
    bars = {
        "transform": [{"filter": "isValid(datum.meter_day_kwh)"}],
        "mark": {"type": "bar", "color": CONSUMPTION_COLOUR, **vega.told("Region", f"{vega.POINTED}.region", tips)},
        "encoding": {"y": y, "x": x},
    }
    words = {
        "transform": [{"filter": "datum.words != ''"}],
        "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": WORDS_COLOUR},
        "encoding": {"y": y, "x": {"datum": 0, "type": "quantitative"}, "text": {"field": "words", "type": "nominal"}},
    }
    return vega.chart([bars, words], height=regions * _BAR_PX + 50)
