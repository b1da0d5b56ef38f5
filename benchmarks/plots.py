"""The plots of docs/performance.md: docs/images/performance_*.svg, from what was measured last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from benchmarks import results
from include.settings import REPOSITORY

IMAGES = REPOSITORY / "docs" / "images"
STEPS = ("extract_and_load", "check_raw", "build_models", "check_marts", "publish")
OURS, PEER = "#1f6f8b", "#c8c8c8"


def draw() -> list[Path]:
    """Draw every plot whose figures were measured; return the files."""
    plots: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
        "performance_hourly.svg": ("hourly", _hourly),
        "performance_load.svg": ("full_history", _load),
        "performance_cost.svg": ("cost", _cost),
    }
    drawn = []
    for name, (section, plot) in plots.items():
        if (measured := results.kept(section)) is not None:
            (IMAGES / name).write_text(vl_convert.vegalite_to_svg(plot(measured).to_dict()))
            drawn.append(IMAGES / name)
    return drawn


def _hourly(measured: dict[str, Any]) -> alt.Chart:
    times = {
        "Gridloom, 17 years": measured["seventeen_years"],
        "Gridloom, 1 year": measured["one_year"],
        **_cosmos(),
    }
    return _bars({name: told["wall_s"]["median"] for name, told in times.items()}, "Hourly run, trigger to success (s)")


def _cosmos() -> dict[str, Any]:
    comparisons = (results.kept("cosmos") or {"comparisons": []})["comparisons"]
    return {f"{name}, models only": peer for each in comparisons for name, peer in each["peers"].items()}


def _load(measured: dict[str, Any]) -> alt.Chart:
    times = {name: told["median"] for name, told in measured["load"]["load_s"].items()}
    return _bars(times, f"{measured['run']['rows']:,} records into raw (s)")


def _bars(values: dict[str, float], title: str) -> alt.Chart:
    data = [
        {"name": name, "value": value, "colour": OURS if name.startswith("Gridloom") else PEER}
        for name, value in values.items()
    ]
    base = alt.Chart(alt.InlineData(data), title=title, width=420).encode(
        y=alt.Y("name:N", sort=list(values), title=None, axis=alt.Axis(labelLimit=420)), x=alt.X("value:Q", title=None)
    )
    labels = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=".1f"))
    return base.mark_bar().encode(color=alt.Color("colour:N", scale=None)) + labels


def _cost(measured: dict[str, Any]) -> alt.Chart:
    data = [
        {"years": history["years"], "buffers": history["steps"][step]["buffers"], "step": step}
        for history in measured["histories"]
        for step in STEPS
    ]
    return (
        alt.Chart(alt.InlineData(data), title="Buffers an hourly run reads (8 KiB), by length of history", width=420)
        .mark_line(point=True)
        .encode(
            x=alt.X("years:Q", title="years of history"),
            y=alt.Y("buffers:Q", title=None, scale=alt.Scale(zero=True)),
            color=alt.Color("step:N", sort=list(STEPS), title=None),
        )
    )


if __name__ == "__main__":
    for path in draw():
        print(path.relative_to(REPOSITORY))
