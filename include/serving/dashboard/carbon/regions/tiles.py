"""The tile map: a tile for each region, in the colour of its index, its figure and its name as text."""

import html
from collections.abc import Iterable, Sequence

from include.serving.dashboard.carbon.index import LETTERS_COLOUR, colour_of
from include.serving.dashboard.carbon.regions.places import NATIONS, PLACES
from include.serving.dashboard.carbon.regions.queries import Region

STYLE = f"""
<style>
.tile-map {{display: flex; flex-wrap: wrap; gap: 5px 2.5rem;}}
.tile-map ul {{list-style: none; display: grid; gap: 5px; margin: 0 !important; padding: 0 !important;
  align-content: start;}}
.tile-map li {{color: {LETTERS_COLOUR}; border-radius: 6px; padding: .35rem .45rem; margin: 0 !important;
  min-height: 5.4rem; min-width: 0; display: flex; flex-direction: column; overflow-wrap: anywhere; line-height: 1.2;}}
.tile-map .figure {{font-size: 1.35rem; font-weight: 700;}}
.tile-map .name {{font-size: .85rem;}}
.tile-map .index {{font-size: .8rem; margin-top: auto;}}
.tile-map .network {{grid-template-columns: repeat(4, minmax(0, 1fr)); flex: 1 1 0; max-width: 640px;}}
.tile-map .nations {{grid-template-columns: minmax(0, 1fr); flex: 0 0 150px;}}
@media (max-width: 640px) {{
  .tile-map .network, .tile-map .nations {{flex: 1 0 100%;}}
  .tile-map .nations {{grid-template-columns: repeat(4, minmax(0, 1fr)); margin-top: .8rem !important;}}
  .tile-map li {{padding: .25rem .3rem;}}
  .tile-map .figure {{font-size: 1.15rem;}}
  .tile-map .name, .tile-map .index {{font-size: .72rem;}}
}}
</style>
"""


def tile_map(regions: Sequence[Region]) -> str:
    """Return the regions of the networks at their places, and England, Scotland, Wales and Great Britain beside."""
    placed = [region for region in regions if region.region_id in PLACES]
    beside = [region for region in regions if region.region_id in NATIONS]
    network = _list((_tile(region, _area(region.region_id)) for region in placed), "network", "Regions of the networks")
    return f'<div class="tile-map">{network}{_list(map(_tile, beside), "nations", "Nations")}</div>'


def _list(tiles: Iterable[str], kind: str, name: str) -> str:
    # A list that is drawn without bullets is a list to screen readers only where it says so.
    return f'<ul class="{kind}" role="list" aria-label="{name}">{"".join(tiles)}</ul>'


def _area(region_id: int) -> str:
    row, column = PLACES[region_id]
    return f" grid-area: {row} / {column};"


def _tile(region: Region, area: str = "") -> str:
    forecast = region.forecast_g_per_kwh
    figure = "–" if forecast is None else f"{forecast:.0f}"
    return (
        f'<li style="background: {colour_of(region.intensity_index)};{area}">'
        f'<span class="figure">{figure}</span> <span class="name">{html.escape(region.region)}</span> '
        f'<span class="index">{html.escape(region.intensity_index or "no index")}</span></li>'
    )
