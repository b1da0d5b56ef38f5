"""How charts draw what is missing, alone or provisional: what nobody published is not drawn."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from include.serving.dashboard.timeline import PROVISIONAL_COLOUR
from tests.browser import gaps_page
from tests.machine import port_for, wait_until
from tests.onlooker import opened

PORT = port_for("page")
URL = f"http://127.0.0.1:{PORT}"
CHARTS = ("power", "share", "balance", "intensity", "difference")
STACKS, LINES = CHARTS[:2], CHARTS[2:]
SERIES = {"power": 11, "share": 11, "balance": 3, "intensity": 2, "difference": 11}
RECTANGLE = "svg g.mark-rect.role-mark path"
BAND = f"{RECTANGLE}[fill='{PROVISIONAL_COLOUR}']"


@pytest.fixture(scope="module")
def drawn_rows(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    options = {"server.headless": "true", "server.address": "127.0.0.1", "server.port": str(PORT)}
    options |= {"browser.gatherUsageStats": "false", "server.fileWatcherType": "none"}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "streamlit", "run", gaps_page.__file__, *flags]
    log = tmp_path_factory.mktemp("gaps") / "streamlit.log"
    root = str(Path(__file__).parents[2])
    with log.open("w") as file:
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root}, stdout=file, stderr=file)
    try:
        wait_until(_answers, what="Streamlit answers")
        yield URL
    finally:
        process.kill()
        process.wait()


def _answers() -> bool:
    try:
        return requests.get(f"{URL}/_stcore/health", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def page_of_charts(browser: Browser, drawn_rows: str) -> Iterator[Page]:
    """One page for all: nothing here changes what it shows."""
    page = opened(browser.new_page(), drawn_rows)
    expect(page.locator('[data-testid="stVegaLiteChart"] svg')).to_have_count(2 * len(CHARTS))
    yield page
    page.close()


def chart_of(page: Page, name: str, *, rows: str) -> Locator:
    number = CHARTS.index(name) + (len(CHARTS) if rows == "one" else 0)
    return page.get_by_test_id("stVegaLiteChart").nth(number)


def pieces(paths: Locator) -> list[int]:
    """Into how many pieces each shape falls."""
    shapes = [path.get_attribute("d") or "" for path in paths.all()]
    return [shape.upper().count("M") for shape in shapes]


def width(shape: Locator) -> float:
    box = shape.bounding_box()
    assert box is not None
    return box["width"]


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_is_drawn_where_nothing_is_published(page_of_charts: Page, name: str) -> None:
    kind = "area" if name in STACKS else "line"
    paths = chart_of(page_of_charts, name, rows="gaps").locator(f"svg g.mark-{kind}.role-mark path")
    # Before the gap, the lonely one, and behind it.
    assert pieces(paths) == [3] * SERIES[name]


@pytest.mark.parametrize("rows", ["gaps", "one"])
@pytest.mark.parametrize("name", STACKS)
def test_what_stands_alone_is_a_bar_of_a_stack(page_of_charts: Page, name: str, rows: str) -> None:
    chart = chart_of(page_of_charts, name, rows=rows)
    bars = chart.locator(f"{RECTANGLE}:not([fill='{PROVISIONAL_COLOUR}'])")
    expect(bars).to_have_count(SERIES[name])
    lasts = gaps_page.HALF_HOURS if rows == "gaps" else 1
    assert {round(width(bar)) for bar in bars.all()} == {round(_plot_width(chart) / lasts)}
    tops = {round(box["y"]) for box in (bar.bounding_box() for bar in bars.all()) if box}
    assert len(tops) == SERIES[name]


@pytest.mark.parametrize("rows", ["gaps", "one"])
@pytest.mark.parametrize("name", LINES)
def test_what_stands_alone_is_a_point_of_a_line(page_of_charts: Page, name: str, rows: str) -> None:
    points = chart_of(page_of_charts, name, rows=rows).locator("svg g.mark-symbol.role-mark path")
    expect(points).to_have_count(SERIES[name])
    assert all(width(point) > 5 for point in points.all())


@pytest.mark.parametrize("rows", ["gaps", "one"])
@pytest.mark.parametrize("name", CHARTS)
def test_provisional_intervals_are_marked_to_their_end(page_of_charts: Page, name: str, rows: str) -> None:
    chart = chart_of(page_of_charts, name, rows=rows)
    share = len(gaps_page.PROVISIONAL) / gaps_page.HALF_HOURS if rows == "gaps" else 1
    assert width(chart.locator(BAND)) == pytest.approx(share * _plot_width(chart), abs=1.5)


def _plot_width(chart: Locator) -> float:
    """How wide the axis of time is."""
    return width(chart.locator("svg path.background").first)


@pytest.mark.parametrize(("name", "unit"), [("power", "MW"), ("share", "%"), ("difference", "MW")])
def test_what_was_not_published_is_not_told_as_zero(page_of_charts: Page, name: str, unit: str) -> None:
    plot = chart_of(page_of_charts, name, rows="gaps").locator("svg path.background").first
    plot.hover(position={"x": 2, "y": 20}, force=True)
    told = page_of_charts.locator("#vg-tooltip-element.visible")
    expect(told.locator("tr").first).to_have_text("When0")
    expect(told.locator("tr", has_text=f"Wind, embedded ({unit})")).to_contain_text("–")
    expect(told.locator("tr", has_text=f"Gas ({unit})")).to_contain_text("9")
    page_of_charts.mouse.move(0, 0)
    expect(told).to_have_count(0)
