"""The SQL box as a reader has it: a question, its answer as table, chart and file, and what it refuses."""

import csv
import io
import re
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet
import pytest
from playwright.sync_api import Page, Position, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.machine import wait_until
from tests.onlooker import PATIENCE_MS, Place, ask, drawn, opened

# Within a chart, where its first point is the nearest.
FIRST = Position(x=2, y=9)
SHORTLY_MS = 2_000


def test_a_query_runs_and_its_result_is_downloaded(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer")
    ask(page, "select fuel_code, sum(energy_mwh) as mwh from daily_generation_mix group by 1 order by 1")
    expect(page.get_by_text("12 rows, ")).to_be_visible()
    drawn(page)
    wanted = place.query("select fuel_code, sum(energy_mwh) from analytics.daily_generation_mix group by 1 order by 1")
    with page.expect_download() as text:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert text.value.suggested_filename == "query.csv"
    rows = list(csv.reader(io.StringIO(Path(text.value.path()).read_text())))
    assert rows[0] == ["fuel_code", "mwh"]
    assert [(code, float(mwh)) for code, mwh in rows[1:]] == wanted
    drawn(page)
    with page.expect_download() as binary:
        page.get_by_role("button", name="Parquet", exact=True).click()
    table = pyarrow.parquet.read_table(binary.value.path())
    assert [tuple(row.values()) for row in table.to_pylist()] == wanted
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator('[data-testid="stVegaLiteChart"]')).to_be_visible()


def test_the_range_is_that_of_the_sample_query_and_leaves_what_was_typed(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer?range=days&from=2026-05-01&to=2026-05-02")
    box = page.get_by_label("SQL")
    expect(box).to_have_value(re.compile("'2026-05-01 00:00 Europe/London'"))
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("96 rows, ")).to_be_visible()
    box.fill("select 1 as typed")
    page.get_by_role("radio", name="30 d").click()
    page.wait_for_url("**range=30d**")
    drawn(page)
    expect(box).to_have_value("select 1 as typed")
    page.get_by_role("button", name="Sample query").click()
    # The new box takes the place of the one that was typed into.
    expect(page.get_by_text("as typed")).to_have_count(0)
    expect(box).to_have_value(re.compile("order by period_started_at"))
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("1,4")).to_be_visible()


def test_a_single_numeric_is_charted_along_an_axis_of_numbers(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer")
    ask(page, "select n, (n * 1.5)::numeric(6, 2) as share from generate_series(1, 40) as n")
    expect(page.get_by_text("40 rows, ")).to_be_visible()
    page.get_by_role("tab", name="Chart").click()
    axis = page.locator('[data-testid="stVegaLiteChart"] svg [aria-roledescription="axis"][aria-label^="Y-axis"]')
    expect(axis).to_have_attribute("aria-label", re.compile("linear scale"))


def test_the_points_of_a_result_tell_their_figures(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer")
    ask(page, "select date '2026-05-01' + n as d, 1e6 + n as \"it's\", nullif(n, 0) as m from generate_series(0, 9) n")
    expect(page.get_by_text("10 rows, ")).to_be_visible()
    page.get_by_role("tab", name="Chart").click()
    told = page.locator("#vg-tooltip-element.visible tr")

    def is_told() -> bool:
        """Whether the first point tells of itself: the chart of a tab just opened is drawn anew under the pointer."""
        page.mouse.move(0, 0)
        page.locator('[data-testid="stVegaLiteChart"] svg path.background').first.hover(position=FIRST, force=True)
        with suppress(PlaywrightTimeout):
            told.first.wait_for(timeout=SHORTLY_MS)
        return told.count() > 0

    wait_until(is_told, what="the tooltip of the first point", timeout_s=PATIENCE_MS / 1000)
    expect(told).to_have_text(["d2026-05-01", "it's1,000,000", "m–"])


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        ("delete from analytics.daily_coverage", "Only a query can run here"),
        ("select 1; drop table analytics.daily_coverage", "multiple commands"),
        ("select pg_sleep(60)", "pg_sleep cannot be used here"),
        ("select * from raw.neso_generation_mix", "Permission denied for schema raw"),
    ],
)
def test_an_attack_from_the_box_is_refused(page: Page, place: Place, attack: str, told: str) -> None:
    before = place.query("select count(*) from analytics.daily_coverage")
    opened(page, f"{place.dashboard}/explorer")
    ask(page, attack)
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text(told)
    assert place.query("select count(*) from analytics.daily_coverage") == before


def test_the_catalogue_says_what_the_columns_are(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer")
    page.get_by_text("half_hourly_generation", exact=True).click()
    described = page.get_by_text("Start of the half-hour (UTC).").filter(visible=True)
    expect(described).to_have_count(1)
