"""What the page "Grid" says of what it was told."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from include.home import Home
from include.serving.catalogue import Entry
from include.serving.coverage import COVERAGE_STATES
from include.serving.day_state import DAY_STATES
from include.serving.grid import page, sites
from include.serving.grid.queries import Overview, Results
from tests.unit.serving.catalogued import NOW, declared, entry

FRAME = page.Frame("/grid", {"Dashboard": "http://127.0.0.1:8501", "dbt docs": None}, is_simulated=False)
NOTHING = Overview([], {}, [], [])

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


def shown(*entries: Entry, **changes: Any) -> str:
    told: dict[str, Any] = {"entries": entries, "days": {}, "runs": [], "checks": [], **changes}
    return page.overview(FRAME, Overview(**told), now=NOW)


def words(html: str) -> str:
    """What stands on a page, without its markup."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def test_a_dataset_is_told_of_by_the_age_of_its_newest_period_and_its_loads():
    newest_at = NOW - timedelta(hours=3, minutes=30)
    told = words(
        shown(
            entry("heights", declared("heights", newest_at=newest_at, warn_after=timedelta(hours=2)), rows_held=4_797)
        )
    )
    assert "Tide Office: 1 dataset, 1 held" in told
    assert "heights Heights 2026-05-31 08:30 UTC 3.0 h 2026-05-31 12:00 UTC 0 4,797 late" in told
    assert "Contains tides" in told


def test_a_dataset_leads_to_the_page_that_tells_all_of_it_where_that_is():
    html = shown(entry("heights & more"))
    assert '<a href="http://127.0.0.1:8501/catalogue?dataset=heights+%26+more">heights &amp; more</a>' in html
    alone = page.overview(replace(FRAME, links={}), Overview([entry("heights")], {}, [], []), now=NOW)
    assert "catalogue?" not in alone
    assert "heights" in alone


def test_what_needs_attention_comes_first_and_what_failed_before_what_drifted():
    drifted = entry("currents", drift="new: salinity")
    late = entry("heights", declared("heights", newest_at=NOW - timedelta(days=9), critical_after=timedelta(days=1)))
    failed = entry("stations", failed_at=NOW, cause="SourceUnavailableError: no\nmore")
    html = shown(drifted, late, entry("winds"), failed)
    told = words(html[html.index('id="attention"') : html.index('<h2 id="catalogue"')])
    assert told.endswith(
        "stations Stations ; failed 2026-05-31 12:00 UTC, SourceUnavailableError: no "
        "heights Heights ; stale , 9 days old currents Currents ; drift , new: salinity"
    )
    assert "No dataset failed, is late or has drifted." in shown(entry("winds"))


def test_many_that_failed_are_counted_and_folded():
    html = shown(*(entry(f"dataset_{number:02}", failed_at=NOW, cause="no") for number in range(12)))
    assert "<summary>2 more</summary>" in html
    assert html.count("; <b>failed</b>") == 12
    assert "12 datasets, 12 held, 12 failing" in words(html)


def test_what_was_never_loaded_takes_a_row_each_and_its_publisher_says_what_to_trigger():
    never = [entry(f"dataset_{number}", loaded_at=None, dag_id="tides") for number in range(86)]
    html = shown(*never)
    assert html.count("<h2") == 4, "attention, the catalogue, the last runs and the last checks"
    assert "Nothing has been loaded yet." in html
    assert "Tide Office: 86 datasets, 0 held. Trigger tides" in words(html)
    assert html.count("nothing held yet") == 86


def test_a_name_that_cannot_be_loaded_is_told_with_its_reason():
    told = words(shown(entry("HIGHTS", None, is_usable=False, reason="no route: the name of HEIGHTS in the list")))
    assert "cannot be loaded: no route: the name of HEIGHTS in the list" in told
    assert "Tide Office: 0 datasets, 0 held HIGHTS" in told


def test_the_last_days_are_a_strip_that_says_in_words_what_it_draws():
    html = shown(entry("heights", days=("held",) * 28 + ("missing", "not_asked")))
    assert 'aria-label="28 held, 1 asked for, and did not come, 1 never asked for"' in html
    assert html.count('<i class="held" style="flex: 28"></i><i class="missing" style="flex: 1"></i>') == 1


def test_calendars_are_folded_where_a_publisher_has_several():
    heights, currents = entry("heights"), entry("currents")
    assert shown(heights, days={"heights": (WHOLE_DAY,)}).count("<details open>") == 1
    two = shown(heights, currents, days={"heights": (WHOLE_DAY,), "currents": (WHOLE_DAY,)})
    assert (two.count("<details>"), two.count("<details open>"), two.count('class="calendar"')) == (2, 0, 2)


def test_a_calendar_says_in_words_what_it_draws_and_can_be_reached_with_the_keyboard():
    html = shown(entry("heights"), days={"heights": (WHOLE_DAY,)})
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Calendar of Heights">' in html
    assert "Heights, 1 day: 1 complete." in html
    assert html.count('<i class="none">') == 5, "30 May 2026 is a Saturday"
    assert 'title="2026-05-30: 48 of 48, complete"' in html


@pytest.mark.parametrize("state", DAY_STATES, ids=lambda state: state.code)
def test_every_state_of_a_day_has_its_colour_and_words(state):
    html = shown(entry("heights"), days={"heights": ({**WHOLE_DAY, "state": state.code},)})
    assert f".{state.code} {{background: {state.colour}}}" in html
    assert f"Heights, 1 day: 1 {state.told.lower()}." in html


def test_what_tells_the_same_in_days_and_in_strips_has_the_same_colour():
    days, strips = ({each.code: each.colour for each in states} for states in (DAY_STATES, COVERAGE_STATES))
    assert days.keys() & strips.keys() == {"missing", "not_asked"}
    assert all(days[code] == strips[code] for code in days.keys() & strips.keys())


def test_a_run_leads_to_its_results():
    html = shown(runs=[run()])
    path = "/grid/runs/neso_generation_mix/manual__2026-05-31T11%3A00%3A00%2B00%3A00%2F%3Cb%3E"
    assert f'<td><a href="{path}">2026-05-31 12:00 UTC</a></td>' in html
    assert '<td class="n">4,797</td>' in html


def test_what_the_warehouse_says_is_text():
    failed = {"subject": "marts.x", "finding": "<script>", "severity": "critical", "success": False}
    hostile = entry("<u>", failed_at=NOW, cause="<s>", drift="<s>", days=("held",))
    html = shown(hostile, runs=[run(error_message="<i>no</i>\nmore")], checks=[failed])
    assert "&lt;i&gt;no&lt;/i&gt;</td>" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "<u>" not in html.lower()
    assert "<s>" not in html
    assert "no more" not in words(html)
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
