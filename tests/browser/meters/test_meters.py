"""The section Meters as a reader has it, in a real browser, against what SQL says of the same readings."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, WebSocket, expect

from include.serving.dashboard.address import text_of
from include.serving.dashboard.navigation import SECTIONS
from tests.accessibility import Scheme, Size, barriers, on_screen, on_screens
from tests.browser.meters.looks import LOOKS, REFUSED
from tests.onlooker import Place, drawn, go_to, opened, see_charts

CHART = "stVegaLiteChart"


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def published_at(place: Place) -> datetime:
    """When the readings were published."""
    [(at,)] = place.query(
        "select max(published_at) from ops.publications where tables ? 'half_hourly_consumption' and keys > 0"
    )
    return datetime.fromisoformat(at.isoformat())


def test_the_figures_of_the_range_are_those_of_the_warehouse(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/consumption")
    see_charts(page, "consumption")
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["3,944.051 kWh", "80", "11,440", "209.194 kWh"])
    expect(page.get_by_text("5.3 % of all")).to_be_visible()
    expect(page.get_by_text("The figures behind the charts (143 × 30 min)")).to_be_visible()


def test_a_day_is_a_row_of_the_map_and_an_hour_a_cell(page: Page, place: Place) -> None:
    [(greatest,)] = place.query(
        """
        select max(kwh) from (
            select 2 * avg(consumption_kwh / meters) as kwh from analytics.half_hourly_consumption
            group by consumption_date, extract(hour from period_started_at at time zone 'Europe/London')
        ) as hours
        """
    )
    opened(page, f"{place.dashboard}/consumption")
    see_charts(page, "consumption")
    cells = page.get_by_test_id(CHART).nth(1).locator("path[aria-roledescription='rect mark']")
    expect(cells).to_have_count(72)
    cells.nth(2 * 24 + 17).hover(force=True)
    told = page.locator("#vg-tooltip-element.visible")
    expect(told.locator("tr", has_text="When")).to_contain_text("Sun 3 Jan 2021, 17:00 to 18:00")
    expect(told.locator("tr", has_text="kWh per meter and hour")).to_contain_text(f"{greatest:.3f}")


def test_an_instant_is_shared_by_its_address_and_kept_on_the_next_page(page: Page, place: Place) -> None:
    known_by = published_at(place)
    opened(page, f"{place.dashboard}/consumption?range=all&known_by={text_of(known_by)}")
    expect(page.get_by_text("Then 3,944.051 kWh of 11,440 readings were known.")).to_be_visible()
    expect(page.get_by_text("no reading has come or was corrected since")).to_be_visible()
    expect(page.get_by_test_id(CHART).locator("svg")).to_have_count(3)
    go_to(page, "Tariffs")
    expect(page.get_by_role("heading", name="Agreements by tariff, as known at")).to_be_visible()
    assert parameters(page)["known_by"] == text_of(known_by)
    assert parameters(page)["range"] == "all"


def test_agreements_are_counted_and_small_tariffs_are_kept_back(page: Page, place: Place) -> None:
    kept_back = place.query(
        "select distinct product_name from analytics.daily_product_consumption where is_suppressed order by 1"
    )
    assert len(kept_back) == 11
    opened(page, f"{place.dashboard}/tariffs?range=all")
    see_charts(page, "tariffs")
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["94", "15", "11"])
    expect(page.get_by_text("Kept back, fewer than 5 meters (11 tariffs)")).to_be_visible()
    for (name,) in kept_back:
        expect(page.locator(".legend").get_by_text(name, exact=True)).to_be_visible()
    regions = page.get_by_test_id(CHART).nth(4)
    expect(regions.locator("text", has_text="fewer than 5 meters")).to_have_count(4)
    expect(regions.locator("path[aria-roledescription='bar']")).to_have_count(9)


def test_readings_of_nobody_are_told(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/readings?range=all")
    see_charts(page, "readings")
    expect(page.get_by_text("5 meters have readings of days without an agreement")).to_contain_text(
        "715 readings, 209.194 kWh"
    )
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["11,440", "0", "155"])


def test_files_are_told_with_their_outcome_and_the_cause(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/files?range=24h")
    see_charts(page, "files")
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["81", "80", "1", "0", "11,440", "0"])
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("refused: RefusedFileError: it is empty")


def test_the_figures_are_downloaded_with_the_keyboard(page: Page, place: Place) -> None:
    # Streamlit would ask with it where to put the file, in a window of the system.
    page.add_init_script("delete Window.prototype.showSaveFilePicker; delete window.showSaveFilePicker")
    opened(page, f"{place.dashboard}/consumption?range=all&interval=1d")
    page.get_by_text("The figures behind the charts (3 × 1 day)").click()
    with page.expect_download() as download:
        page.get_by_label("Download as CSV").first.press("Enter")
    head, *days = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("Day,Consumption (kWh),")
    assert [day.split(",")[1] for day in days] == ["1263.189", "1316.713", "1364.149"]


@contextmanager
def received(page: Page) -> Iterator[list[bytes]]:
    """All that a page is sent over its sockets: what it shows, and what it only has."""
    frames: list[bytes] = []

    def hear(frame: str | bytes) -> None:
        frames.append(frame.encode() if isinstance(frame, str) else frame)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", listen)
    yield frames
    page.remove_listener("websocket", listen)


@pytest.fixture(scope="module")
def persons(real_data: Path) -> list[str]:
    """Every meterpoint and account of the recorded data."""
    folder = real_data / "smart_meter"
    with closing(sqlite3.connect(folder / "case_study.db")) as database:
        accounts = [row[0] for row in database.execute("select distinct account_id from agreement")]
        meterpoints = [row[0] for row in database.execute("select meterpoint_id from meterpoint")]
    assert {path.stem for path in (folder / "readings").glob("*.json")} <= set(meterpoints)
    return [*accounts, *meterpoints, REFUSED]


def test_no_page_has_the_id_of_a_meter_or_of_an_account(page: Page, place: Place, persons: list[str]) -> None:
    pages = [*LOOKS, "runs", "quality"]
    with received(page) as frames:
        for name in pages:
            opened(page, f"{place.dashboard}/{name}?range=all")
            text = page.locator("body").inner_text()
            assert [each for each in persons if each in text] == [], name
    assert len(frames) > len(pages)
    sent = b"\0".join(frames)
    assert b"2021-01-03" in sent or b"Octopus" in sent
    assert [each for each in persons if each.encode() in sent] == []


# What has more on it than a page that is opened plainly.
PICKED = {
    "known then": "tariffs?range=24h&known_by={known_by}",
    "not known then": "consumption?range=24h&known_by=2020-01-01T00:00:00Z",
}


@on_screens("picked", PICKED)
def test_what_was_picked_can_be_used_by_everybody(
    page: Page, place: Place, picked: str, size: Size, scheme: Scheme
) -> None:
    address = PICKED[picked].format(known_by=text_of(published_at(place)))
    with on_screen(page, size, scheme):
        opened(page, f"{place.dashboard}/{address}")
        page.get_by_text("The figures b").last.click()
        drawn(page)
        assert barriers(page) == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= size[0]


def test_the_pages_are_found_with_the_keyboard(page: Page, place: Place) -> None:
    [meters] = [section for section in SECTIONS if section.title == "Meters"]
    opened(page, f"{place.dashboard}/consumption")
    page.get_by_test_id("stTopNav").get_by_role("button", name="Meters").focus()
    page.keyboard.press("Enter")
    for screen in meters.screens:
        expect(page.get_by_role("menuitem", name=screen.title, exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_text("The figures behind the map").focus()
    page.keyboard.press("Enter")
    drawn(page)
