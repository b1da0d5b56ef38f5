"""Airflow's UI: the page "Grid", its login, and a run triggered there whose rows appear on the dashboard."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from include.local import airflow
from tests.accessibility import Scheme, Size, barriers, on_screens, screen
from tests.machine import wait_until
from tests.onlooker import NEXT_COPY, WIDE, Place, opened

NEWEST = "select max(period_started_at) from analytics.half_hourly_generation"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of somebody who has not logged in yet."""
    with screen(browser, WIDE, "light") as page:
        yield page


def log_in(page: Page, place: Place) -> None:
    page.goto(f"{place.airflow}/")
    page.locator('input[name="username"]').fill(airflow.USER)
    page.locator('input[name="password"]').fill(place.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{place.airflow}/")


@pytest.mark.parametrize(
    "path",
    ["/", "/runs/neso_generation_mix/x", "/data-docs/index.html", "/dbt-docs/static_index.html", "/openapi.json"],
)
def test_without_a_login_the_page_answers_401(place: Place, path: str) -> None:
    assert requests.get(f"{place.airflow}/grid{path}", timeout=30).status_code == 401
    forged = {"Authorization": "Bearer forged"}
    assert requests.get(f"{place.airflow}/grid{path}", headers=forged, timeout=30).status_code in (401, 403)


def test_nothing_else_of_the_home_is_served(place: Place) -> None:
    login = _login(place)
    assert requests.get(f"{place.airflow}/grid/", headers=login, timeout=30).status_code == 200
    for path in ("data-docs/..%2fsecrets.json", "data-docs/%2e%2e/secrets.json", "secrets.json", "data-docs/x.py"):
        answer = requests.get(f"{place.airflow}/grid/{path}", headers=login, timeout=30)
        assert answer.status_code == 404, path
    missing = requests.get(f"{place.airflow}/grid/runs/neso_generation_mix/none", headers=login, timeout=30)
    assert missing.status_code == 404


def test_grid_stands_in_the_navigation_and_tells_how_things_are(page: Page, place: Place) -> None:
    log_in(page, place)
    page.goto(f"{place.airflow}/plugin/grid-page")
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_role("heading", name="Grid", exact=True)).to_be_visible()
    [(newest_at,)] = place.query(NEWEST)
    told = frame.get_by_role("row").filter(has_text="neso_generation_mix").first
    expect(told).to_contain_text(f"{newest_at:%Y-%m-%d %H:%M} UTC")
    expect(frame.get_by_role("link", name="Dashboard")).to_have_attribute("href", place.dashboard)
    [(days,)] = place.query("select count(*) from analytics.daily_coverage")
    expect(frame.locator(".calendar i[title]")).to_have_count(days)


def test_a_run_of_the_list_leads_to_its_results(page: Page, place: Place) -> None:
    log_in(page, place)
    page.goto(f"{place.airflow}/plugin/grid-page")
    frame = page.frame_locator("iframe").first
    runs = frame.get_by_role("table").filter(has=frame.get_by_role("columnheader", name="dag id"))
    runs.get_by_role("link").first.click()
    expect(frame.get_by_role("heading", name="Results of ")).to_be_visible()
    expect(frame.get_by_text("checks held")).to_be_visible()


@on_screens("path", ["grid"])
def test_grid_can_be_used_by_everybody(browser: Browser, place: Place, path: str, size: Size, scheme: Scheme) -> None:
    with screen(browser, size, scheme) as page:
        log_in(page, place)
        page.goto(f"{place.airflow}/{path}/")
        expect(page.locator(".calendar")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        runs = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="dag id"))
        runs.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Results of ")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_run_triggered_in_the_ui_appears_on_the_dashboard_and_leaves_its_readers_zoom(
    page: Page, place: Place
) -> None:
    dashboard = page.context.new_page()
    opened(dashboard, f"{place.dashboard}/?range=7d")
    shown = [zoom(dashboard, number) for number in range(ZOOMED)]
    before = dashboard.locator('[data-testid="stMetricValue"]').first.text_content()
    [(newest_at,)] = place.query(NEWEST)
    place.publish(NEXT_COPY)

    log_in(page, place)
    page.goto(f"{place.airflow}/dags/neso_generation_mix")
    page.get_by_role("button", name="Trigger").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    _fill(page, "Start", "2026/05/01")
    _fill(page, "End", "2026/05/31")
    page.get_by_test_id("trigger-dag-submit").click()

    # Nobody reloads the dashboard.
    value = dashboard.locator('[data-testid="stMetricValue"]').first
    expect(value).not_to_have_text(str(before), timeout=150_000)
    [(later_at, generation_mw)] = place.query(
        "select period_started_at, generation_mw from analytics.half_hourly_generation order by 1 desc limit 1",
    )
    assert later_at > newest_at
    expect(value).to_have_text(f"{generation_mw / 1000:.2f} GW")
    assert "range=7d" in dashboard.url
    told = dashboard.get_by_test_id("stCaptionContainer").filter(has_text="Newest half-hour")
    expect(told).to_contain_text(f"({later_at:%H:%M} UTC)")
    for number in range(ZOOMED):
        wait_until(partial(ends_at, dashboard, number, later_at), what=f"chart {number} drawn anew")
        expect(instants(dashboard, number)).to_have_text(shown[number])


ZOOMED = 4
LAST_POINT = """
(number) => {
  const chart = document.querySelectorAll('[data-testid="stVegaLiteChart"]')[number];
  return +[...chart.querySelectorAll("svg g.mark-rule.role-mark line")].at(-1).__data__.datum.bucket_at;
}
"""


def ends_at(page: Page, number: int, instant: datetime) -> bool:
    """Whether the last point of a chart is of this instant."""
    return bool(page.evaluate(LAST_POINT, number) == instant.timestamp() * 1000)


def instants(page: Page, number: int) -> Locator:
    """What stands along the axis below a chart."""
    chart = page.get_by_test_id("stVegaLiteChart").nth(number)
    return chart.locator('svg [aria-roledescription="axis"][aria-label^="X-axis"] .role-axis-label text')


def zoom(page: Page, number: int) -> list[str]:
    """Zoom into a chart by Shift and the wheel; return what stands along its axis then."""
    whole = instants(page, number).all_text_contents()
    wait_until(partial(is_zoomed, page, number, whole), what=f"chart {number} zoomed")
    return instants(page, number).all_text_contents()


def is_zoomed(page: Page, number: int, whole: list[str]) -> bool:
    """Turn the wheel over a chart; whether it was that chart which heard of it, and not what a page still moves."""
    page.get_by_test_id("stVegaLiteChart").nth(number).hover()
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Shift")
    try:
        expect(instants(page, number)).not_to_have_text(whole, timeout=3_000)
    except AssertionError:
        return False
    return True


# The form's date pickers, in their order; the first one is the logical date.
PICKERS = {"Start": 1, "End": 2}


def _fill(page: Page, name: str, day: str) -> None:
    """Pick a day (UTC midnight) for a param of the trigger form."""
    picker = page.get_by_test_id("datetime-input").nth(PICKERS[name])
    picker.click()
    field = page.get_by_placeholder("YYYY/MM/DD").last
    field.fill(day)
    field.press("Enter")
    year, _, number = day.split("/")
    expect(picker).to_contain_text(f"{number}, {year} 00:00")
    # What opened the calendar closes it too; Escape may close the whole form.
    picker.click()
    expect(picker).to_have_attribute("data-state", "closed")


def test_a_task_that_builds_or_checks_links_to_its_results(place: Place) -> None:
    login = _login(place)
    runs = f"{place.airflow}/api/v2/dags/neso_generation_mix/dagRuns"
    run_id = requests.get(runs, headers=login, timeout=30).json()["dag_runs"][0]["dag_run_id"]
    linked = {}
    for task in ("extract_and_load", "check_raw", "build_models", "check_marts", "publish"):
        answer = requests.get(f"{runs}/{run_id}/taskInstances/{task}/links", headers=login, timeout=30)
        linked[task] = answer.json()["extra_links"]["Results"]
    assert {task for task, url in linked.items() if url} == {"check_raw", "build_models", "check_marts"}
    url = linked["check_marts"]
    page = requests.get(url, headers=login, timeout=30)
    assert page.status_code == 200
    assert "checks held" in page.text
    assert "half_hourly_generation" in page.text


def _login(place: Place) -> dict[str, str]:
    credentials = {"username": airflow.USER, "password": place.password}
    token = requests.post(f"{place.airflow}/auth/token", json=credentials, timeout=30).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}
