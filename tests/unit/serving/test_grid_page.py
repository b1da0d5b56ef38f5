"""What the page "Grid" says of what it was told."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from include.home import Home
from include.serving.datasets import DeclaredDataset
from include.serving.day_state import DAY_STATES
from include.serving.grid import page, sites
from include.serving.grid.queries import Dataset, Overview, Publisher, Results

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
FRAME = page.Frame("/grid", {"Dashboard": "http://127.0.0.1:8501", "dbt docs": None}, is_simulated=False)
NOTHING = Overview([], [], [], [])

WHOLE_DAY: dict[str, Any] = {
    **{"settlement_date": date(2026, 5, 30), "expected_half_hours": 48, "present_half_hours": 48},
    "state": "complete",
}


def run(**changes: Any) -> dict[str, Any]:
    told = {"status": "success", "duration_s": 5.93, "new": 1, "revised": 0, "published": 4797, "error_message": None}
    return {
        "run_id": 1,
        "dag_id": "neso_generation_mix",
        "airflow_run_id": "manual__2026-05-31T11:00:00+00:00/<b>",
        "started_at": NOW,
        **told,
        **changes,
    }


def declared(name: str, **changes: Any) -> DeclaredDataset:
    told: dict[str, Any] = {each.name: None for each in fields(DeclaredDataset)}
    told |= {"name": name, "title": name.title(), "publisher": "tide", "publisher_title": "Tide Office"}
    told |= {"attribution": "Contains tides", "licence": "Open", "licence_url": "https://tide.test/licence"}
    return DeclaredDataset(**told | {"step": timedelta(minutes=30), "last_known_at": NOW, "failed_loads": 0} | changes)


def shown(*datasets: Dataset, **changes: Any) -> str:
    publishers = [Publisher("Tide Office", datasets)] if datasets else []
    told: dict[str, Any] = {"publishers": publishers, "never_loaded": [], "runs": [], "checks": [], **changes}
    return page.overview(FRAME, Overview(**told), now=NOW)


def words(html: str) -> str:
    """What stands on a page, without its markup."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def test_a_dataset_is_told_of_by_the_age_of_its_newest_period_and_its_loads():
    newest_at = NOW - timedelta(hours=3, minutes=30)
    told = words(shown(Dataset(declared("heights", newest_at=newest_at, warn_after=timedelta(hours=2)), ())))
    assert "Tide Office" in told
    assert "Heights heights 2026-05-31 08:30 UTC 3.0 h, late 2026-05-31 12:00 UTC 0" in told
    assert "Contains tides" in told


def test_a_dataset_without_a_published_table_is_one_line():
    told = words(shown(Dataset(declared("stations", failed_loads=3), ())))
    assert "Stations stations 2026-05-31 12:00 UTC 3" in told


def test_what_was_never_loaded_takes_no_section_each():
    never = [declared(f"dataset_{number}", last_known_at=None) for number in range(82)]
    html = shown(never_loaded=never)
    assert html.count("<h2>") == 2, "the last runs and the last checks"
    assert "Nothing has been loaded yet." in html
    assert "Never loaded: Dataset_0, Dataset_1, " in html


def test_calendars_are_folded_where_a_publisher_has_several():
    days = (WHOLE_DAY,)
    assert shown(Dataset(declared("heights"), days)).count("<details open>") == 1
    two = shown(Dataset(declared("heights"), days), Dataset(declared("currents"), days))
    assert (two.count("<details>"), two.count("<details open>"), two.count('class="calendar"')) == (2, 0, 2)


def test_a_calendar_says_in_words_what_it_draws_and_can_be_reached_with_the_keyboard():
    html = shown(Dataset(declared("heights"), (WHOLE_DAY,)))
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Calendar of Heights">' in html
    assert "Heights, 1 day: 1 complete." in html
    assert html.count('<i class="none">') == 5, "30 May 2026 is a Saturday"
    assert 'title="2026-05-30: 48 of 48, complete"' in html


@pytest.mark.parametrize("state", DAY_STATES, ids=lambda state: state.code)
def test_every_state_of_a_day_has_its_colour_and_words(state):
    html = shown(Dataset(declared("heights"), ({**WHOLE_DAY, "state": state.code},)))
    assert f".{state.code} {{background: {state.colour}}}" in html
    assert f"Heights, 1 day: 1 {state.told.lower()}." in html


def test_a_run_leads_to_its_results():
    html = shown(runs=[run()])
    path = "/grid/runs/neso_generation_mix/manual__2026-05-31T11%3A00%3A00%2B00%3A00%2F%3Cb%3E"
    assert f'<td><a href="{path}">2026-05-31 12:00 UTC</a></td>' in html
    assert '<td class="n">4,797</td>' in html


def test_what_the_warehouse_says_is_text():
    failed = {"subject": "marts.x", "finding": "<script>", "severity": "critical", "success": False}
    html = shown(Dataset(declared("<u>"), ()), runs=[run(error_message="<i>no</i>\nmore")], checks=[failed])
    assert "&lt;i&gt;no&lt;/i&gt;</td>" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "<u>" not in html.lower()
    assert "more" not in words(html)
    assert "&lt;b&gt;" in page.results(FRAME, "<b>", Results([], [], []))


def test_a_runs_loads_are_told_with_their_cause():
    load = {"dataset": "heights", "scope": "May", "outcome": "failed", "cause": "SourceUnavailableError: no"}
    load |= dict.fromkeys(("fetched", "new", "revised", "withdrawn", "rejected"), 0)
    assert "heights May failed 0 0 0 0 0 SourceUnavailableError: no" in words(
        page.results(FRAME, "manual__1", Results([], [load], []))
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg2.errors.UndefinedTable("x"), "no tables yet"),
        (psycopg2.errors.QueryCanceled("x"), "did not answer within 10 s"),
        (psycopg2.OperationalError("x"), "cannot be reached"),
    ],
)
def test_a_failure_is_told_in_a_sentence(error, told):
    assert told in page.failure(FRAME, error)


def test_a_page_of_simulated_rows_has_the_banner():
    assert "SIMULATED DATA" in page.overview(replace(FRAME, is_simulated=True), NOTHING, now=NOW)
    html = page.overview(FRAME, NOTHING, now=NOW)
    assert "SIMULATED DATA" not in html
    assert '<a href="http://127.0.0.1:8501">Dashboard</a>' in html
    assert "dbt docs: write it with" in html


def test_only_written_documentation_is_a_file_of_the_home(tmp_path: Path):
    home = Home(tmp_path)
    target = tmp_path / "dbt" / home.database / "target"
    target.mkdir(parents=True)
    assert sites.written(home, "dbt-docs") is None
    (target / "static_index.html").write_text("docs")
    (tmp_path / "secrets.json").write_text("{}")
    assert sites.written(home, "dbt-docs") == "static_index.html"
    assert sites.file_of(home, "dbt-docs", "static_index.html") == (target / "static_index.html").resolve()
    for site, path in (("dbt-docs", "../../../secrets.json"), ("data-docs", "../secrets.json"), ("logs", "x.html")):
        assert sites.file_of(home, site, path) is None
    for path in ("..\0/x.json", "\0.html", "x" * 300 + ".html", "x/" * 5_000 + ".html", "\udcff.html", "\ud800.html"):
        assert sites.file_of(home, "dbt-docs", path) is None, path
    assert sites.file_of(home, "dbt-docs", "manifest.py") is None
