"""Whether everybody can use a page: on a wide screen and a telephone, in light and in dark, by what axe finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.onlooker import NARROW, PATIENCE_MS, WIDE

Scheme = Literal["light", "dark"]
Size = tuple[int, int]

every_screen = pytest.mark.parametrize(
    ("size", "scheme"),
    [(size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")],
    ids=[f"{size[0]}-{scheme}" for size in (WIDE, NARROW) for scheme in ("light", "dark")],
)


@contextmanager
def screen(browser: Browser, size: Size, scheme: Scheme) -> Iterator[Page]:
    """A page on a screen of this size, whose owner prefers light or dark."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, accept_downloads=True
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def barriers(page: Page) -> list[str]:
    """What a reader cannot get around. `region` and the like are about Streamlit's own frame."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
