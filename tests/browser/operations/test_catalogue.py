"""The catalogue as a reader has it, in a real browser, against what SQL says of the same datasets."""

from playwright.sync_api import Page, expect

from tests.accessibility import barriers, on_screen
from tests.onlooker import NARROW, Place, drawn, opened

NAME = "neso_generation_mix"


def test_a_dataset_is_found_picked_and_told_and_its_query_can_be_asked(page: Page, place: Place) -> None:
    [(datasets, days)] = place.query(
        f"""
        select
            (select count(*) from ops.datasets where is_declared),
            (select count(*) from ops.coverage where dataset = '{NAME}')
        """
    )
    opened(page, f"{place.dashboard}/catalogue")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{datasets}")
    expect(page.get_by_text("Bring it in: gridloom run elexon_live, gridloom run elexon_daily.")).to_be_visible()
    page.get_by_label("Find").fill("historic mix")
    page.get_by_label("Find").press("Enter")
    expect(page.get_by_role("radio", name="All 1", exact=True)).to_be_visible()
    drawn(page)
    page.get_by_label("All of one dataset").fill(NAME)
    page.get_by_role("option").first.click()
    page.wait_for_url(f"**dataset={NAME}**")
    drawn(page)
    cells = page.get_by_test_id("stVegaLiteChart").locator("path[aria-roledescription='rect mark']")
    expect(cells).to_have_count(days)
    query = page.get_by_test_id("stCode")
    expect(query).to_contain_text("from analytics.half_hourly_generation")
    assert len(place.query(query.locator("code").inner_text())) > 0
    with on_screen(page, NARROW, "dark"):
        assert barriers(page) == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= NARROW[0]
