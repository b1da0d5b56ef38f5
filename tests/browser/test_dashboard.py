"""The dashboard as a reader has it, in a real browser, against what SQL says of the same data."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from include.serving.dashboard.fuels import STACK
from include.settlement import settlement_period
from tests.looks import Looks
from tests.onlooker import LOOKS, PAGES, Place, drawn, go_to, opened, see_charts

FUELS = {fuel.code: fuel for fuel in STACK}
ATTRIBUTION = "Supported by National Energy SO Open Data"


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_drawn_and_has_its_bar(page: Page, place: Place, name: str) -> None:
    asked_elsewhere: list[str] = []
    page.on("request", lambda request: asked_elsewhere.append(request.url) if _is_elsewhere(request.url) else None)
    opened(page, f"{place.dashboard}/{name}?range=30d")
    expect(page.locator("footer")).to_contain_text(ATTRIBUTION)
    see_charts(page, name)
    assert page.get_by_text("The warehouse ").count() == 0
    if LOOKS[name].has_range:
        use_the_bar(page, LOOKS[name])
    assert asked_elsewhere == []


def use_the_bar(page: Page, looks: Looks) -> None:
    """Pick another range and another interval of a page that shows 30 days."""
    expect(page.get_by_role("radio", name="30 d")).to_be_checked()
    assert parameters(page)["range"] == "30d"
    page.get_by_role("radio", name="24 h").click()
    page.wait_for_url("**range=24h**")
    interval = page.get_by_role("radio", name=looks.interval.label)
    if looks.has_interval:
        interval.click()
        page.wait_for_url(f"**interval={looks.interval.value}**")
    else:
        drawn(page)
        expect(interval).to_have_count(0)


def _is_elsewhere(url: str) -> bool:
    return url.startswith("http") and urlparse(url).hostname != "127.0.0.1"


def test_the_first_page_stands_at_its_own_address_and_at_none(page: Page, place: Place) -> None:
    for address in ("", "/", "/generation", "/generation?range=24h"):
        opened(page, f"{place.dashboard}{address}")
        expect(page.get_by_role("heading", name="Generation", exact=True)).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
    go_to(page, "Revisions")
    page.wait_for_url("**/revisions?range=24h**")
    go_to(page, "Generation")
    page.wait_for_url("**/generation?range=24h**")


def test_the_newest_half_hour_is_that_of_the_warehouse(page: Page, place: Place) -> None:
    [(generation_mw, zero_carbon_pct, intensity)] = place.query(
        """
        select generation_mw, zero_carbon_pct, carbon_intensity_g_per_kwh
        from analytics.half_hourly_generation inner join analytics.half_hourly_carbon_balance
            using (period_started_at, generation_mw)
        order by period_started_at desc limit 1
        """,
    )
    opened(page, place.dashboard)
    values = page.locator('[data-testid="stMetricValue"]')
    expect(values.nth(0)).to_have_text(f"{generation_mw / 1000:.2f} GW")
    expect(values.nth(1)).to_have_text(f"{zero_carbon_pct:.1f} %")
    expect(values.nth(2)).to_have_text(f"{intensity:.0f} g/kWh")


DRAWN = """
([number, columns]) => {
  const chart = document.querySelectorAll('[data-testid="stVegaLiteChart"]')[number];
  const points = [...chart.querySelectorAll("svg g.mark-rule.role-mark line")].map((line) => line.__data__.datum);
  return points.map((point) => [+point.bucket_at, ...columns.map((column) => point[column])]);
}
"""
SUMMED = """
    with shares as (
        select
            settlement_date,
            (max(share_pct) filter (where fuel_code = 'gas'))::double precision as gas_pct,
            (max(share_pct) filter (where fuel_code = 'solar'))::double precision as solar_pct
        from analytics.daily_generation_mix
        group by settlement_date
    )

    select
        extract(epoch from settlement_date::timestamp) * 1000,
        avg(generation_mw), sum(generation_mw) / 2, avg(gas_mw), avg(embedded_wind_mw),
        min(gas_pct), min(solar_pct),
        avg(zero_carbon_mw), avg(carbon_mw), avg(generation_mw - zero_carbon_mw - carbon_mw),
        100 * sum(zero_carbon_mw) / sum(generation_mw),
        sum(carbon_intensity_g_per_kwh * generation_mw) / sum(generation_mw)
    from analytics.half_hourly_generation
    inner join analytics.half_hourly_carbon_balance using (period_started_at, settlement_date, generation_mw)
    inner join shares using (settlement_date)
    where settlement_date between '2026-03-20' and '2026-04-08'
    group by settlement_date
    order by settlement_date
"""
COLUMNS = (
    ("generation_mw", "energy_mwh", "gas_mw", "embedded_wind_mw"),
    ("gas_pct", "solar_pct"),
    ("zero_carbon_mw", "carbon_mw", "unclassified_mw"),
    ("zero_carbon_pct", "carbon_intensity_g_per_kwh"),
)


def test_every_chart_draws_the_figures_of_the_warehouse(page: Page, place: Place) -> None:
    """Twenty days, one of them shorter by the change of the clocks."""
    opened(page, f"{place.dashboard}/?range=days&from=2026-03-20&to=2026-04-08&interval=1d")
    see_charts(page, "generation")
    starts, *measures = zip(*place.query(SUMMED), strict=True)
    assert len(starts) == 20
    for number, columns in enumerate(COLUMNS):
        wanted = [(float(start), *values) for start, *values in zip(starts, *measures[: len(columns)], strict=True)]
        measures = measures[len(columns) :]
        drawn_points = page.evaluate(DRAWN, [number, columns])
        assert [tuple(point) for point in drawn_points] == [pytest.approx(each, rel=1e-9) for each in wanted]


@pytest.mark.parametrize("interval", ["1d", "1mo", "1y"])
def test_one_interval_is_drawn(page: Page, place: Place, interval: str) -> None:
    opened(page, f"{place.dashboard}/?range=days&from=2026-03-28&to=2026-03-28&interval={interval}")
    charts = page.get_by_test_id("stVegaLiteChart")
    for stack in (0, 1):
        bars = charts.nth(stack).locator("svg g.mark-rect.role-mark path")
        for fuel in ("nuclear", "gas"):
            expect(bars.and_(page.locator(f"[fill='{FUELS[fuel].colour}']"))).to_be_visible()
    for number, lines in ((2, 3), (3, 2)):
        expect(charts.nth(number).locator("svg g.mark-symbol.role-mark path")).to_have_count(lines)


def test_range_and_interval_change_the_picture_and_the_address(page: Page, place: Place) -> None:
    opened(page, place.dashboard)
    assert parameters(page) == {"range": "7d", "interval": "30min"}
    page.get_by_role("radio", name="30 d").click()
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("× 1 hour")
    assert parameters(page) == {"range": "30d", "interval": "1h"}
    page.get_by_role("radio", name="1 day").click()
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("(30 × 1 day)")
    assert parameters(page) == {"range": "30d", "interval": "1d"}


def test_days_are_picked_from_those_on_the_screen(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/?range=7d")
    page.get_by_role("radio", name="Days …").click()
    page.wait_for_url("**range=days**")
    last = date.fromisoformat(parameters(page)["to"])
    assert last - date.fromisoformat(parameters(page)["from"]) == timedelta(days=6)
    page.get_by_test_id("stDateInputField").click()
    for day in (last - timedelta(days=3), last - timedelta(days=1)):
        page.get_by_role("gridcell", name=f"{day:%A, %B} {day.day}").click()
    page.wait_for_url(f"**from={last - timedelta(days=3)}**")
    assert parameters(page)["to"] == str(last - timedelta(days=1))
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("(144 × 30 min)")


def test_an_address_with_days_far_away_is_drawn_all_the_same(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/?range=days&from=2026-05-01&to=9999-12-31")
    expect(page.get_by_text("The figures behind the charts")).to_be_visible()
    opened(page, f"{place.dashboard}/?range=days&from=2099-01-01&to=2099-01-02")
    expect(page.get_by_text("Nothing is published for these days.")).to_be_visible()


def test_a_shared_address_shows_the_same_days_whole_on_every_page(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/?range=days&from=2026-03-28&to=2026-03-29&interval=30min")
    # 48 half-hours, and 46 of the day the clocks went forward.
    expect(page.get_by_text("The figures behind the charts")).to_contain_text("(94 × 30 min)")
    go_to(page, "Data quality")
    expect(page.locator('[data-testid="stMetricValue"]').first).to_have_text("94 of 94")
    assert parameters(page)["from"] == "2026-03-28"


def test_what_cannot_be_drawn_finely_is_drawn_coarser_and_says_so(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/?range=all&interval=30min")
    expect(page.get_by_text("30 min would be more points than a screen can show")).to_be_visible()


def test_the_mix_is_shown_as_it_was_known_at_any_instant(page: Page, place: Place) -> None:
    [(first_known_at,)] = place.query("select min(known_at) from analytics.half_hourly_generation_versions")
    # No load's own instant.
    known_by = first_known_at + timedelta(seconds=1)
    [(changed_mwh,)] = place.query(
        """
        select sum(newer.generation_mw - older.generation_mw) / 2
        from analytics.half_hourly_generation as newer
        inner join analytics.generation_mix_as_known_at(%s) as older using (period_started_at)
        where newer.settlement_date between '2026-05-20' and '2026-05-26'
        """,
        known_by,
    )
    assert round(changed_mwh) != 0
    shared = known_by.isoformat().replace("+00:00", "Z")
    days = "range=days&from=2026-05-20&to=2026-05-26&interval=30min"
    opened(page, f"{place.dashboard}/revisions?{days}&known_by={shared}")
    expect(page.get_by_text("Known now minus known then")).to_be_visible()
    expect(page.locator('[data-testid="stVegaLiteChart"] svg').nth(2)).to_be_visible()
    expect(page.get_by_text(f"Their energy has changed by {changed_mwh:+,.0f} MWh.")).to_be_visible()
    go_to(page, "Data quality")
    expect(page.get_by_text("Half-hours present")).to_be_visible()
    go_to(page, "Revisions")
    expect(page.get_by_text("Known now minus known then")).to_be_visible()
    assert parameters(page)["known_by"] == shared


def test_any_half_hour_has_its_versions_whether_or_not_it_was_revised(page: Page, place: Place) -> None:
    [(start, day, period)] = place.query(
        """
        select period_started_at, settlement_date, settlement_period from analytics.generation_revisions
        where revision_count = 0 order by period_started_at limit 1
        """
    )
    opened(page, f"{place.dashboard}/revisions?range=24h&day={day}&period={period}")
    expect(page.get_by_text(f"period {period} ({start:%H:%M} UTC): 1 version.")).to_be_visible()
    # The list is drawn only as far as it is seen, so a reader types.
    page.get_by_label("Settlement period").fill("48 (23")
    page.get_by_role("option", name="48 (23:30 GMT)").click()
    expect(page.get_by_text("period 48 (23:30 UTC): ")).to_be_visible()
    page.wait_for_url("**period=48**")
    assert parameters(page).items() >= {"range": "24h", "day": f"{day}", "period": "48"}.items()
    page.get_by_role("radio", name="7 d", exact=True).click()
    expect(page.get_by_role("radio", name="7 d", exact=True)).to_be_checked()
    expect(page.get_by_text("period 48 (23:30 UTC): ")).to_be_visible()
    page.wait_for_url("**range=7d**")
    assert parameters(page).items() >= {"range": "7d", "day": f"{day}", "period": "48"}.items()


def test_one_that_moved_most_is_picked_and_stays_picked(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/revisions?range=all")
    [(second_at,)] = place.query(
        """
        select period_started_at from analytics.generation_revisions where revision_count > 0
        order by largest_fuel_change_mw desc, period_started_at offset 1 limit 1
        """
    )
    page.get_by_label("those that moved most first").click()
    page.get_by_role("option").nth(1).click()
    day, period = settlement_period(second_at)
    expect(page.get_by_text(f"period {period} ({second_at:%H:%M} UTC): ")).to_be_visible()
    opened(page, page.url)
    assert parameters(page).items() >= {"range": "all", "day": day.isoformat(), "period": str(period)}.items()
    expect(page.get_by_text(f"period {period} ({second_at:%H:%M} UTC): ")).to_be_visible()


def test_runs_are_those_of_the_history(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/runs")
    expect(page.get_by_text("Historic GB Generation Mix: the newest period ended")).to_be_visible()
    expect(page.get_by_text("None among these runs.")).to_be_visible()
    # The data is of spring, and the runs are of today.
    opened(page, f"{place.dashboard}/runs?range=24h&interval=1h")
    expect(page.get_by_text("on average over 1 hour")).to_be_visible()
    see_charts(page, "runs")
    opened(page, f"{place.dashboard}/runs?range=days&from=2026-05-28&to=2026-05-29")
    expect(page.get_by_text("No run began in these days.")).to_be_visible()
