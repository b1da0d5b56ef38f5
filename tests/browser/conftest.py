"""A machine of its own, as a user has it after `make up`, and a browser to look at it with.

The publisher is played by the recorded copies of spring 2026; the test decides which of them is the newest.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from include.local import airflow, services
from tests import onlooker, prepared
from tests.looks import brought
from tests.machine import Machine
from tests.onlooker import EARLIER_COPY, FIRST_COPY, PATIENCE_MS, QUIET, WIDE, Place
from tests.simulated_portal import running_portal

CHANGE_LOG = "generation_mix_2026_changelog_2026-03-22_to_2026-05-31.csv.gz"

# Other people work on this machine too.
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = onlooker.chromium()
    if found is None:
        pytest.skip("no Chromium here (Debian: apt install chromium), or name it: CHROMIUM=/path")
    return found


@pytest.fixture(scope="package")
def place(chromium: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    log = real_data / "neso" / CHANGE_LOG
    if not log.is_file():
        pytest.skip(f"no recorded copies: {log}")
    with running_portal() as portal:
        portal.set(csv=[str(log)], as_of=EARLIER_COPY, now=None)
        home = tmp_path_factory.mktemp("browser") / "home"
        prepared.copy_to(home)
        machine = Machine.at(
            home,
            GRIDLOOM_FOLLOW_SCHEDULES="false",
            GRIDLOOM_NESO_URL=portal.url,
            GRIDLOOM_NESO_DATASTORE_PER_MINUTE="600",
            GRIDLOOM_NESO_REQUESTS_PER_SECOND="100",
        )
        try:
            machine.gridloom("up", "--wait")
            spring = ("--param", "start=2026-01-01", "--param", "end=2026-05-30")
            machine.gridloom("run", "neso_generation_mix", *spring)
            # What was published before is revised, so that there is a past to be told from now.
            portal.set(as_of=FIRST_COPY)
            machine.gridloom("run", "neso_generation_mix", *spring)
            for bring in brought():
                bring(machine)
            yield Place(
                machine,
                portal,
                services.dashboard_url(machine.settings, machine.home),
                airflow.api_url(machine.settings, machine.home),
                airflow.admin_password(machine.home),
            )
        finally:
            machine.end()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for each file: Playwright runs an event loop in our thread, which no later test may meet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(scope="module")
def window(context: BrowserContext) -> Page:
    """One window for each file: a new one would load and compile all scripts anew, which is half of a test."""
    return context.new_page()


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """The window, with nothing in it and the mouse out of the way."""
    yield window
    window.mouse.move(0, 0)
    window.goto("about:blank")
