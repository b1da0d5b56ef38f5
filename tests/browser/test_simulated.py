"""The banner of simulated data: on every page, on every screen, and still there when a reader has scrolled."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from include.home import SIMULATED_DATABASE, Home
from tests.machine import wait_until
from tests.onlooker import NARROW, PATIENCE_MS, WIDE, drawn, opened

PORT = 8673
SHORT_PX = 220


@pytest.fixture(scope="module")
def simulated(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard in a home that has chosen simulated data, and has no server: the banner waits for none."""
    home = Home(tmp_path_factory.mktemp("simulated"))
    home.choose(SIMULATED_DATABASE)
    own = {"GRIDLOOM_HOME": str(home.path), "GRIDLOOM_DASHBOARD_PORT": str(PORT), "GRIDLOOM_ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "include.serving.dashboard"]
    with (
        Path(home.path / "dashboard.log").open("w") as log,
        subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log) as dashboard,
    ):
        try:
            wait_until(lambda: _answers(f"http://127.0.0.1:{PORT}/_stcore/health"), what="the dashboard answers")
            yield f"http://127.0.0.1:{PORT}"
        finally:
            dashboard.terminate()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def told(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="SIMULATED DATA")


def test_every_page_has_the_banner_of_simulated_data(page: Page, simulated: str) -> None:
    opened(page, simulated)
    for name in ("Revisions", "Data quality", "Runs", "Explorer", "Generation"):
        page.get_by_role("link", name=name).click()
        page.wait_for_url(f"{simulated}/{'' if name == 'Generation' else name.split()[-1].lower()}*")
        drawn(page)
        expect(told(page)).to_be_in_viewport(ratio=1)
        assert page.title().startswith("SIMULATED")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE[0], NARROW[0]])
def test_the_banner_can_be_read_and_stays_when_a_reader_scrolls(
    browser: Browser, simulated: str, width: int, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": SHORT_PX})
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context.new_page(), simulated)
    expect(told(page)).to_be_in_viewport(ratio=1)
    found = Axe().run(page, context=".simulated").response["violations"]
    page.mouse.move(width / 2, SHORT_PX - 1)
    page.mouse.wheel(0, 10_000)
    expect(page.locator("footer")).to_be_in_viewport()
    expect(told(page)).to_be_in_viewport(ratio=1)
    context.close()
    assert found == []
