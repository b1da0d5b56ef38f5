"""Every page with the keyboard, on a telephone, and by whoever does not see it as most do (axe)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import Scheme, Size, barriers, every_screen, screen
from tests.onlooker import NARROW, PAGES, PATIENCE_MS, Place, ask, drawn, opened, see_charts


@pytest.mark.parametrize("name", PAGES)
@every_screen
def test_a_page_can_be_used_by_everybody(browser: Browser, place: Place, name: str, size: Size, scheme: Scheme) -> None:
    with screen(browser, size, scheme) as page:
        address = "" if name == "generation" else name
        opened(page, f"{place.dashboard}/{address}?range=7d")
        see_charts(page, name)
        assert barriers(page) == []


SHARES = "select fuel_code, sum(energy_mwh) as mwh from daily_generation_mix group by 1 order by 1"


@pytest.mark.parametrize(
    ("statement", "told"),
    [("delete from analytics.daily_coverage", "Only a query can run here"), (SHARES, "12 rows, ")],
    ids=["refused", "answered"],
)
@every_screen
def test_what_the_box_says_can_be_used_by_everybody(
    browser: Browser, place: Place, size: Size, scheme: Scheme, statement: str, told: str
) -> None:
    with screen(browser, size, scheme) as page:
        opened(page, f"{place.dashboard}/explorer")
        ask(page, statement)
        expect(page.get_by_text(told)).to_be_visible()
        drawn(page)
        assert barriers(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_telephone(browser: Browser, place: Place, name: str) -> None:
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    address = "" if name == "generation" else name
    opened(page, f"{place.dashboard}/{address}?range=7d")
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    context.close()
    assert width <= NARROW[0]


def test_the_bar_is_used_with_the_keyboard(page: Page, place: Place) -> None:
    opened(page, place.dashboard)
    page.get_by_role("radio", name="7 d", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("× 1 hour")
    drawn(page)
