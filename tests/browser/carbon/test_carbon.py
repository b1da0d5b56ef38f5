"""The section Carbon as a reader has it, in a real browser, against what SQL says of the same data."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from include.serving.dashboard.address import text_of
from include.serving.dashboard.carbon.now.best import day_after
from include.settlement import LONDON, half_hour_of, settlement_period
from tests.accessibility import Scheme, Size, barriers, on_screen, on_screens
from tests.carbon_published import REGIONS
from tests.onlooker import NARROW, Place, drawn, go_to, opened, see_charts


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def newest_known_at(place: Place) -> datetime:
    """When the newest issue was known."""
    [(known_at,)] = place.query("select max(known_at) from analytics.carbon_intensity_vintages where lead_hours > 0")
    return datetime.fromisoformat(known_at.isoformat())


def test_the_newest_half_hour_is_that_of_the_warehouse(page: Page, place: Place) -> None:
    [(actual, index, forecast)] = place.query(
        """
        select actual_g_per_kwh, intensity_index, forecast_g_per_kwh from analytics.half_hourly_carbon_intensity
        where actual_g_per_kwh is not null order by period_started_at desc limit 1
        """
    )
    opened(page, f"{place.dashboard}/carbon")
    values = page.get_by_test_id("stMetricValue")
    expect(values).to_have_text([f"{actual:.0f} g/kWh", index, f"{forecast:.0f} g/kWh"])


def test_the_best_three_hours_of_tomorrow_are_told_and_drawn(page: Page, place: Place) -> None:
    tomorrow = day_after(datetime.now(UTC))
    [(best_at, mean)] = place.query(
        """
        select period_started_at, mean from (
            select
                period_started_at, avg(forecast_g_per_kwh) over next_six as mean, count(*) over next_six as half_hours
            from analytics.half_hourly_carbon_intensity
            where settlement_date = %s
            window next_six as (order by period_started_at rows between current row and 5 following)
        ) as runs
        where half_hours = 6 order by mean, period_started_at limit 1
        """,
        tomorrow,
    )
    opened(page, f"{place.dashboard}/carbon")
    see_charts(page, "carbon")
    local = best_at.astimezone(LONDON)
    expect(page.get_by_text(f"{local:%H:%M} to {local + timedelta(hours=3):%H:%M %Z}", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{mean:.0f} g/kWh on average")).to_be_visible()
    best = page.get_by_test_id("stVegaLiteChart").nth(2).locator("path[aria-roledescription='rect mark']")
    expect(best.and_(page.locator("[fill='#009e73']"))).to_have_count(6)


def plot_of(page: Page, number: int) -> Locator:
    return page.get_by_test_id("stVegaLiteChart").nth(number).locator("svg path.background").first


def test_what_has_not_been_measured_is_not_told_as_zero(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/carbon?range=24h")
    see_charts(page, "carbon")
    plot = plot_of(page, 0)
    box = plot.bounding_box()
    assert box is not None
    # Two thirds of the axis are ahead of now.
    plot.hover(position={"x": box["width"] - 20, "y": 20}, force=True)
    told = page.locator("#vg-tooltip-element.visible")
    expect(told.locator("tr", has_text="Actual (g/kWh)")).to_contain_text("–")
    expect(told.locator("tr", has_text="as last issued before")).not_to_contain_text("–")


def test_a_forecast_as_known_before_is_shared_by_its_address(page: Page, place: Place) -> None:
    known_by = newest_known_at(place) - timedelta(days=2)
    [(half_hours, wrong)] = place.query(
        """
        select count(*), avg(abs(known.forecast_g_per_kwh - came.actual_g_per_kwh))
        from analytics.carbon_intensity_as_known_at(%(known_by)s) as known
        inner join analytics.half_hourly_carbon_intensity as came using (period_started_at)
        where
            period_started_at >= %(known_by)s and period_started_at < %(known_by)s + interval '48 hours'
            and came.actual_g_per_kwh is not null
        """.replace("%(known_by)s", f"'{known_by.isoformat()}'::timestamptz")
    )
    opened(page, f"{place.dashboard}/forecasts?range=24h&known_by={text_of(known_by)}")
    told = f"{half_hours} half-hours have been measured since: the forecast was {wrong:.1f} g/kWh off on average"
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg")).to_have_count(3)
    # The regions are then as they were known at the same instant.
    go_to(page, "Regions")
    expect(page.get_by_text("as known at")).to_be_visible()
    assert parameters(page)["known_by"] == text_of(known_by)


def test_a_line_is_drawn_for_each_issue(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/forecasts?range=7d")
    see_charts(page, "forecasts")
    expect(page.get_by_text("A line every 12 hours")).to_be_visible()
    lines = page.get_by_test_id("stVegaLiteChart").first.locator("svg g.mark-line.role-mark path")
    assert lines.count() > 12
    assert len({line.get_attribute("stroke") for line in lines.all()}) > 12


def tile_of(page: Page, region: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_text(region, exact=True))


@pytest.mark.parametrize("hours", [0, 36])
def test_every_region_has_its_tile_in_any_half_hour(page: Page, place: Place, hours: int) -> None:
    half_hour = half_hour_of(datetime.now(UTC)) + timedelta(hours=hours)
    day, period = settlement_period(half_hour)
    figures = place.query(
        """
        select region, forecast_g_per_kwh, intensity_index from analytics.half_hourly_regional_carbon_intensity
        where period_started_at = %s order by region_id
        """,
        half_hour,
    )
    assert [region for region, _, _ in figures] == list(REGIONS)
    opened(page, f"{place.dashboard}/regions?day={day}&period={period}")
    expect(page.get_by_text(f"period {period} ({half_hour:%H:%M} UTC)", exact=False)).to_be_visible()
    for kind, count in (("Regions of the networks", 14), ("Nations", 4)):
        expect(page.get_by_role("list", name=kind).get_by_role("listitem")).to_have_count(count)
    for region, forecast, index in figures:
        expect(tile_of(page, region)).to_have_text(f"{forecast:.0f} {region} {index}")


def test_a_half_hour_is_picked_and_left_again(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/regions")
    assert "day" not in parameters(page)
    expect(page.get_by_role("button", name="Now", exact=True)).to_have_count(0)
    # Any but the one that goes on, which is what is shown where none is picked.
    period = 40 if datetime.now(LONDON).hour < 12 else 10
    page.get_by_label("Settlement period").fill(f"{period} (")
    page.get_by_role("option").first.click()
    page.wait_for_url(f"**period={period}**")
    expect(page.get_by_text(f"period {period} (")).to_be_visible()
    page.get_by_role("button", name="Now", exact=True).click()
    expect(page.get_by_role("button", name="Now", exact=True)).to_have_count(0)
    drawn(page)
    assert "period" not in parameters(page)


def test_one_half_hour_has_no_range_to_be_picked(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/regions?range=24h")
    expect(page.get_by_role("radio", name="30 d")).to_have_count(0)
    go_to(page, "Reconciliation")
    page.wait_for_url("**/reconciliation?range=24h**")


def test_differences_are_summed_up(page: Page, place: Place) -> None:
    [(half_hours, equal, absolute)] = place.query(
        """
        select
            count(*), count(*) filter (where abs(neso_less_api_g_per_kwh) < 0.5), avg(abs(neso_less_api_g_per_kwh))
        from analytics.carbon_source_reconciliation
        """
    )
    opened(page, f"{place.dashboard}/reconciliation?range=all")
    see_charts(page, "reconciliation")
    for name, told in (
        ("Half-hours compared", f"{half_hours:,}"),
        ("Equal to the gram", f"{equal:,}"),
        ("Mean absolute", f"{absolute:.1f}"),
    ):
        expect(page.get_by_role("row", name=name).get_by_role("cell").nth(1)).to_have_text(told)


# What has more on it than a page that is opened plainly.
PICKED = {
    "an earlier forecast": "forecasts?range=24h&known_by={known_by}",
    "a half-hour of an earlier forecast": "regions?day={day}&period={period}&known_by={known_by}",
    "a half-hour without figures": "regions?day=2001-01-01&period=1",
}


@on_screens("picked", PICKED)
def test_what_was_picked_can_be_used_by_everybody(
    page: Page, place: Place, picked: str, size: Size, scheme: Scheme
) -> None:
    known_by = newest_known_at(place) - timedelta(days=1)
    day, period = settlement_period(half_hour_of(known_by) + timedelta(hours=12))
    address = PICKED[picked].format(known_by=text_of(known_by), day=day, period=period)
    with on_screen(page, size, scheme):
        opened(page, f"{place.dashboard}/{address}")
        assert barriers(page) == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= size[0]


def test_the_tiles_stand_at_their_places_on_a_telephone(page: Page, place: Place) -> None:
    with on_screen(page, NARROW, "light"):
        opened(page, f"{place.dashboard}/regions")
        boxes = {region: tile_of(page, region).bounding_box() for region in REGIONS[:14]}
        places = {region: (box["x"], box["y"]) for region, box in boxes.items() if box}
        assert len(set(places.values())) == 14
        assert places["North Scotland"][1] < places["Yorkshire"][1] < places["London"][1]
        assert places["South Wales"][0] < places["West Midlands"][0] < places["East England"][0]
