"""Whoever looks at a running machine: where its pages are, and when one of them is drawn."""

import os
import shutil
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from include.serving.dashboard.navigation import SECTIONS
from tests.looks import looks
from tests.machine import Machine
from tests.simulated_portal import SimulatedPortal

# What the publisher shows: once, then when a test begins, and when it publishes.
EARLIER_COPY, FIRST_COPY, NEXT_COPY = "2026-05-28T23:59:00Z", "2026-05-29T23:59:00Z", "2026-05-30T23:59:00Z"
WIDE, NARROW = (1440, 1000), (390, 844)
PATIENCE_MS = 60_000
PAGES = tuple(screen.path for section in SECTIONS for screen in section.screens)
LOOKS = looks()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Streamlit works nothing out, and shows nothing that is older than its last run; such parts it dims.
IS_STILL = """
() => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"
    && document.querySelector('[data-stale="true"]') === null;
}
"""


@dataclass(frozen=True)
class Place:
    """The running machine: its dashboard, its Airflow, and the publisher."""

    machine: Machine
    portal: SimulatedPortal
    dashboard: str
    airflow: str
    password: str

    def publish(self, as_of: str) -> None:
        """Make the publisher show the copy that was the newest at an instant."""
        self.portal.set(as_of=as_of)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, straight from the warehouse."""
        return self.machine.query(statement, *values)


def chromium() -> str | None:
    """Return the browser of this machine, or the one that was named, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def opened(page: Page, url: str) -> Page:
    """Open a page of the dashboard and wait until it is drawn."""
    page.goto(url)
    drawn(page)
    return page


def drawn(page: Page) -> None:
    """Wait until the page stands: its footer is there and nothing is being worked out."""
    page.locator("footer").wait_for()
    page.wait_for_function(IS_STILL)
    page.locator('[data-testid="stStatusWidget"]').wait_for(state="detached")
    assert page.locator('[data-testid="stException"]').count() == 0


def go_to(page: Page, name: str) -> None:
    """Choose a page from the menu of its section."""
    section = next(section for section in SECTIONS if name in {screen.title for screen in section.screens})
    page.get_by_test_id("stTopNav").get_by_role("button", name=section.title).click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def see_charts(page: Page, name: str) -> None:
    """Wait until every chart of a page is drawn, with its data in it."""
    charts = page.locator('[data-testid="stVegaLiteChart"] svg')
    for number in range(LOOKS[name].charts):
        expect(charts.nth(number).locator('[role="graphics-symbol"]').first).to_be_visible()


def ask(page: Page, statement: str) -> None:
    """Put a question to the SQL box."""
    page.get_by_label("SQL").fill(statement)
    page.get_by_role("button", name="Run").click()
