"""Every page with the keyboard, on a telephone, and by whoever does not see it as most do (axe)."""

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import Scheme, Size, barriers, move, on_screen, on_screens, screens_of
from tests.onlooker import NARROW, PAGES, Place, ask, drawn, go_to, opened, see_charts

# The page is dark on whatever prefers dark, and light on the rest.
FOLLOWS = """
scheme => {
  const painted = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
  const [red] = painted.match(/[0-9]+/);
  return (Number(red) < 128) === (scheme === "dark");
}
"""


@pytest.mark.parametrize(("number", "name"), list(enumerate(PAGES)), ids=PAGES)
def test_a_page_can_be_used_by_everybody(page: Page, place: Place, number: int, name: str) -> None:
    """On a telephone first, then as it stands on a wide screen whose owner prefers the other scheme."""
    screens = screens_of(number)[::-1]
    with on_screen(page, *screens[0]):
        opened(page, f"{place.dashboard}/{name}?range=7d")
        for size, scheme in screens:
            move(page, size, scheme)
            page.wait_for_function(FOLLOWS, arg=scheme)
            see_charts(page, name)
            assert barriers(page) == [], f"{size[0]} wide, {scheme}"
            assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= size[0]


SHARES = "select fuel_code, sum(energy_mwh) as mwh from daily_generation_mix group by 1 order by 1"


ASKED = (("delete from analytics.daily_coverage", "Only a query can run here"), (SHARES, "12 rows, "))


@on_screens("asked", ASKED, ids=("refused", "answered"))
def test_what_the_box_says_can_be_used_by_everybody(
    page: Page, place: Place, asked: tuple[str, str], size: Size, scheme: Scheme
) -> None:
    statement, told = asked
    with on_screen(page, size, scheme):
        opened(page, f"{place.dashboard}/explorer")
        ask(page, statement)
        expect(page.get_by_text(told)).to_be_visible()
        drawn(page)
        assert barriers(page) == []


def test_a_page_is_chosen_from_the_menu_of_its_section_with_the_keyboard(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/generation")
    page.get_by_role("button", name="Operations").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Runs")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    go_to(page, "Runs")
    page.wait_for_url("**/runs?**")


def test_a_page_is_chosen_on_a_telephone(page: Page, place: Place) -> None:
    with on_screen(page, NARROW, "light"):
        opened(page, f"{place.dashboard}/generation")
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("link", name="Runs").click()
        page.wait_for_url("**/runs?**")


def test_the_bar_is_used_with_the_keyboard(page: Page, place: Place) -> None:
    opened(page, place.dashboard)
    page.get_by_role("radio", name="7 d", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("× 1 hour")
    drawn(page)
