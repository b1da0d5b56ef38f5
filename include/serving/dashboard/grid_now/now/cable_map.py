"""A schematic map of Great Britain's cables and what they carry, as Vega-Lite.

The outline is a sketch: a cable leaves the coast about where it does, and is drawn straight, so that arrows and figures
have room at any width.
"""

from collections.abc import Sequence

import pyarrow as pa

from include.serving.dashboard import vega
from include.serving.dashboard.grid_now.now.queries import Cable
from include.serving.dashboard.vega import Spec

HEIGHT = 520
# Both of each pair can be seen on light and on dark paper.
EXPORTS_COLOUR, IDLE_COLOUR, IMPORTS_COLOUR = "#d55e00", "#b0a8a0", "#1f78c8"
UNKNOWN_COLOUR = "#9a5fb5"
# In hundredths of the map's width from the left and of its height from below, from the north clockwise.
OUTLINE = (
    *((44, 97), (56, 97), (57, 93), (51, 87), (60, 84), (59, 79), (53, 74), (58, 70), (60, 62), (62, 56), (61, 51)),
    *((64, 48), (62, 44), (68, 42), (68, 36), (64, 30), (69, 26), (68, 21), (62, 15), (54, 13), (48, 11), (42, 8)),
    *((33, 4), (37, 12), (45, 19), (46, 22), (35, 25), (39, 32), (36, 39), (38, 43), (45, 44), (45, 52), (43, 58)),
    *((44, 62), (39, 63), (43, 69), (42, 74), (38, 80), (37, 88), (40, 95), (44, 97)),
)
# Where a cable leaves the coast, by its code; those to the west end at the left, the others at the right.
COASTS = {
    "INTNSL": (59, 66),
    "INTVKL": (62, 57),
    "INTNED": (64, 48),
    "INTNEM": (68, 39),
    "INTELEC": (64, 30),
    "INTFR": (68, 21),
    "INTIFA2": (52, 12),
    "INTIRL": (41, 66),
    "INTEW": (38, 43),
    "INTGRNL": (35, 25),
}
WESTERN = frozenset({"INTIRL", "INTEW", "INTGRNL"})
# Cables that nobody announced stand where there is room, the first of them at the lower left.
UNKNOWN_COASTS = ((36, 10), (38, 80), (39, 91), (60, 84), (57, 94))
_MIDDLE, _RIGHT = 50, 100


def drawn(cables: Sequence[Cable]) -> pa.Table:
    """Return a row for each cable that has a place on the map."""
    unplaced = iter(UNKNOWN_COASTS)
    placed = ((cable, COASTS.get(cable.code) or next(unplaced, None)) for cable in cables)
    return pa.Table.from_pylist([_row(cable, coast) for cable, coast in placed if coast], schema=_SCHEMA)


def _row(cable: Cable, coast: tuple[int, int]) -> dict[str, object]:
    is_western = cable.code in WESTERN or (cable.code not in COASTS and coast[0] < _MIDDLE)
    end, flow = (0 if is_western else _RIGHT), cable.flow_mw
    eastward = flow is not None and (flow > 0) == is_western
    return {
        "label": cable.label,
        "told": flow_told(cable),
        "spoken": f"{cable.label}: {flow_told(cable)}",
        "flow_mw": flow,
        "carried_mw": abs(flow or 0),
        "capacity_mw": cable.capacity_mw,
        "use_pct": cable.use_pct,
        # What has no figure for a scale would not be drawn at all.
        "shade_pct": cable.use_pct or 0,
        "is_western": is_western,
        "is_suspect": cable.is_suspect,
        "y": coast[1],
        "coast": coast[0],
        "end": end,
        "arrow": coast[0] + (end - coast[0]) * 0.16,
        "angle": 0 if eastward else 180,
    }


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("label", "told", "spoken")),
        *((name, pa.float64()) for name in ("flow_mw", "carried_mw", "capacity_mw", "use_pct", "shade_pct")),
        *((name, pa.bool_()) for name in ("is_western", "is_suspect")),
        *((name, pa.float64()) for name in ("y", "coast", "end", "arrow", "angle")),
    ]
)


def flow_told(cable: Cable) -> str:
    """Return what a cable carries, and which way."""
    if cable.flow_mw is None:
        return "no figure"
    if cable.flow_mw == 0:
        return "0 MW"
    way = "in" if cable.flow_mw > 0 else "out"
    return f"{abs(cable.flow_mw):,.0f} MW {way}{', suspect' if cable.is_suspect else ''}"


LEGEND = (
    ("Imports, the more of its capacity the bluer", IMPORTS_COLOUR),
    ("Little", IDLE_COLOUR),
    ("Exports", EXPORTS_COLOUR),
    ("Use not known", UNKNOWN_COLOUR),
)
_TIPS = (("flow_mw", "Flow (MW)", "+,.0f"), ("capacity_mw", "Capacity (MW)", ",.0f"), ("use_pct", "Use (%)", "+.0f"))


def cable_map(words_colour: str) -> Spec:
    """Return the map: the wider a cable the more it carries, in the colour of how much of it is in use."""
    layers = [_outline(), _cables(), _arrows(), _pointed()]
    for is_western in (True, False):
        layers += [_words("label", is_western, words_colour), _words("told", is_western, words_colour)]
    return vega.chart(layers, height=HEIGHT)


def _place(field: str, channel: str) -> Spec:
    scale = {"domain": [0, 100], "nice": False}
    return {channel: {"field": field, "type": "quantitative", "scale": scale, "axis": None}}


def _outline() -> Spec:
    points = [{"x": x, "y": y, "order": order} for order, (x, y) in enumerate(OUTLINE)]
    mark = {"type": "line", "filled": True, "fill": "#8c8c8c", "fillOpacity": 0.28, "stroke": "#8c8c8c"}
    return {
        "data": {"values": points},
        "mark": {**mark, "strokeWidth": 1.5, "strokeJoin": "round", "description": "Great Britain"},
        "encoding": {
            **_place("x", "x"),
            **_place("y", "y"),
            "order": {"field": "order", "type": "quantitative"},
        },
    }


def _colour() -> Spec:
    colours = [EXPORTS_COLOUR, IDLE_COLOUR, IMPORTS_COLOUR]
    scale = {"domain": [-100, 0, 100], "range": colours, "interpolate": "rgb", "clamp": True}
    of_use = {"field": "shade_pct", "type": "quantitative", "scale": scale, "legend": None}
    return {"color": {"condition": {"test": "!isValid(datum.use_pct)", "value": UNKNOWN_COLOUR}, **of_use}}


def _cables() -> Spec:
    widths = {"domain": [0, 2000], "range": [1.5, 11], "clamp": True}
    return {
        "mark": {"type": "rule"},
        "encoding": {
            **_place("coast", "x"),
            "x2": {"field": "end"},
            **_place("y", "y"),
            **_colour(),
            "strokeWidth": {"field": "carried_mw", "type": "quantitative", "scale": widths, "legend": None},
            "strokeDash": {"condition": {"test": "datum.is_suspect", "value": [6, 4]}, "value": [1, 0]},
            "description": {"field": "spoken", "type": "nominal"},
        },
    }


def _arrows() -> Spec:
    return {
        "transform": [{"filter": "datum.carried_mw > 0"}],
        "mark": {"type": "point", "shape": "triangle-right", "filled": True, "opacity": 1, "size": 330, **vega.UNNAMED},
        "encoding": {
            **_place("arrow", "x"),
            **_place("y", "y"),
            **_colour(),
            "angle": {"field": "angle", "type": "quantitative", "scale": None},
        },
    }


def _pointed() -> Spec:
    """Return what a pointer finds of a cable: more than the cable is wide, and not to be seen."""
    told = vega.told("Cable", f"{vega.POINTED}.label", _TIPS)
    return {
        "mark": {"type": "rule", "strokeWidth": 36, "opacity": 0, **vega.UNNAMED, **told},
        "encoding": {**_place("coast", "x"), "x2": {"field": "end"}, **_place("y", "y")},
    }


def _words(field: str, is_western: bool, colour: str) -> Spec:
    """Return a line of words at the outer ends of the cables on one side: names above them, flows below."""
    is_name = field == "label"
    side = {"align": "left", "dx": 2} if is_western else {"align": "right", "dx": -2}
    level = {"baseline": "bottom", "dy": -7} if is_name else {"baseline": "top", "dy": 8, "fontWeight": "bold"}
    return {
        "transform": [{"filter": f"datum.is_western == {str(is_western).lower()}"}],
        "mark": {"type": "text", "fontSize": 12, "color": colour, **side, **level, **vega.UNNAMED},
        "encoding": {**_place("end", "x"), **_place("y", "y"), "text": {"field": field, "type": "nominal"}},
    }
