"""Whether everybody can use a page: on a wide screen and a telephone, in light and in dark, by what axe finds."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.machine import wait_until
from tests.onlooker import NARROW, PATIENCE_MS, WIDE, drawn

Scheme = Literal["light", "dark"]
Size = tuple[int, int]

SIZES: tuple[Size, ...] = (WIDE, NARROW)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# `EVERY_SCREEN=1 make test ARGS=tests/browser` looks at everything on all four of them.
LOOKS_AT_ALL = bool(os.environ.get("EVERY_SCREEN"))


def on_screens(name: str, subjects: Iterable[Any], ids: Sequence[str] | None = None) -> pytest.MarkDecorator:
    """Parametrize by subjects and the screens on which each is looked at.

    Each is seen on both sizes and in both schemes, by two screens that have nothing in common; the next one has the
    other two. So whatever comes of two of the three together is met: a colour of a page, a width in the dark.
    """
    each = [
        pytest.param(subject, size, scheme, id=f"{ids[number] if ids else subject}-{size[0]}-{scheme}")
        for number, subject in enumerate(subjects)
        for size, scheme in screens_of(number)
    ]
    return pytest.mark.parametrize((name, "size", "scheme"), each)


def screens_of(number: int) -> list[tuple[Size, Scheme]]:
    """Return the screens on which the subject of this number is looked at."""
    all_of_them = list(product(SIZES, SCHEMES))
    if LOOKS_AT_ALL:
        return all_of_them
    return [(size, SCHEMES[(place + number) % len(SCHEMES)]) for place, size in enumerate(SIZES)]


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
    move(page, size, scheme)
    try:
        yield page
    finally:
        move(page, WIDE, "light")


def move(page: Page, size: Size, scheme: Scheme) -> None:
    """Bring the page, as it stands, to a screen of this size, whose owner prefers light or dark."""
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
