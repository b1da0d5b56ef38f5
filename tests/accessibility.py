"""Whether everybody can use a page: on a wide screen and a telephone, in light and in dark, by what axe finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.machine import wait_until
from tests.onlooker import NARROW, PATIENCE_MS, WIDE, drawn

Scheme = Literal["light", "dark"]
Size = tuple[int, int]

every_screen = pytest.mark.parametrize(
    ("size", "scheme"),
    [(size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")],
    ids=[f"{size[0]}-{scheme}" for size in (WIDE, NARROW) for scheme in ("light", "dark")],
)


@contextmanager
def screen(browser: Browser, size: Size, scheme: Scheme) -> Iterator[Page]:
    """A page of a browser that knows nobody, on a screen of this size, whose owner prefers light or dark."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, accept_downloads=True
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def on_screen(page: Page, size: Size, scheme: Scheme) -> Iterator[Page]:
    """The same page on a screen of this size, whose owner prefers light or dark, for the length of a block."""
    _move(page, size, scheme)
    try:
        yield page
    finally:
        _move(page, WIDE, "light")


def _move(page: Page, size: Size, scheme: Scheme) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)


# Whether Streamlit has begun another run since; a page of Airflow has none.
WATCH_FOR_RUNS = """
() => {
  window.hasRunAgain = false;
  const app = document.querySelector('[data-testid="stApp"]');
  const look = () => { window.hasRunAgain = true; };
  if (app) new MutationObserver(look).observe(app, {attributeFilter: ["data-test-script-state"]});
}
"""


def barriers(page: Page) -> list[str]:
    """What a reader cannot get around. `region` and the like are about Streamlit's own frame.

    Parts that are worked out anew are dimmed, and have not the contrast that they have: then it is looked for again.
    """
    found: list[dict[str, Any]] = []

    def is_found() -> bool:
        if page.locator('[data-testid="stApp"]').count():
            drawn(page)
        page.evaluate(WATCH_FOR_RUNS)
        found[:] = Axe().run(page).response["violations"]
        return not page.evaluate("window.hasRunAgain")

    wait_until(is_found, what="a page that is not drawn anew while it is looked at", timeout_s=PATIENCE_MS / 1000)
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
