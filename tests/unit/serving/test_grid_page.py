"""What the page "Grid" says of what it was told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from include.home import Home
from include.serving.grid import page, sites
from include.serving.grid.calendar import calendar
from include.serving.grid.queries import Dataset, Overview, Results

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


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


def test_every_dataset_is_told_of():
    datasets = [
        Dataset("neso_generation_mix", NOW, NOW - timedelta(hours=1, minutes=30), [WHOLE_DAY]),
        Dataset("elexon_demand", NOW - timedelta(hours=2), None, []),
        Dataset("smart_meters", None, None, []),
    ]
    shown = page.overview(Overview(datasets, [], []), now=NOW, prefix="/grid")
    assert "<h2>neso_generation_mix</h2><p>Newest half-hour 2026-05-31 10:30 UTC, <b>1.5 h old</b>." in shown
    assert "<h2>elexon_demand</h2><p>Last loaded 2026-05-31 10:00 UTC, <b>2.0 h ago</b>." in shown
    assert "<h2>smart_meters</h2><p>Nothing is published yet." in shown
    assert shown.count('class="calendar"') == 1


def test_a_run_leads_to_its_results():
    shown = page.overview(Overview([], [run()], []), now=NOW, prefix="/grid")
    path = "/grid/runs/neso_generation_mix/manual__2026-05-31T11%3A00%3A00%2B00%3A00%2F%3Cb%3E"
    assert f'<td><a href="{path}">2026-05-31 12:00 UTC</a></td>' in shown
    assert '<td class="n">4,797</td>' in shown


def test_what_the_warehouse_says_is_text():
    failed = {"subject": "marts.x", "finding": "<script>", "severity": "critical", "success": False}
    shown = page.overview(Overview([], [run(error_message="<i>no</i>\nmore")], [failed]), now=NOW, prefix="/grid")
    assert "&lt;i&gt;no&lt;/i&gt;</td>" in shown
    assert "&lt;script&gt;" in shown
    assert "more" not in shown
    told = page.results("<b>", Results([], []))
    assert "&lt;b&gt;" in told


def test_what_scrolls_can_be_reached_with_the_keyboard():
    drawn = calendar([WHOLE_DAY], name="neso_generation_mix")
    assert '<div class="scroll" tabindex="0"' in drawn
    assert "1 day: 1 complete." in drawn


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg2.errors.UndefinedTable("x"), "Nothing has been published yet"),
        (psycopg2.errors.QueryCanceled("x"), "did not answer within 10 s"),
        (psycopg2.OperationalError("x"), "cannot be reached"),
    ],
)
def test_a_failure_is_told_in_a_sentence(error, told):
    assert told in page.in_plain_words(error)


def test_a_page_of_simulated_rows_has_the_banner():
    links = {"Dashboard": "http://127.0.0.1:8501", "dbt docs": None}
    assert page.BANNER in page.page("", links, is_simulated=True)
    shown = page.page("", links, is_simulated=False)
    assert page.BANNER not in shown
    assert '<a href="http://127.0.0.1:8501">Dashboard</a>' in shown
    assert "dbt docs: write it with" in shown


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
    assert sites.file_of(home, "dbt-docs", "manifest.py") is None
