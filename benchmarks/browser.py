"""What a reader waits for: from the click on a control of the dashboard to the picture, in a real Chromium."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks import results
from benchmarks.rig import Rig
from include.local import services
from tests.onlooker import QUIET, WIDE, chromium, opened

log = logging.getLogger(__name__)

PATIENCE_MS = 60_000
CHARTS = 4
# The clock starts with the press of the button. The picture is there when every chart has as many points as SQL says,
# from the right first to the right last one, and the browser has then drawn two frames.
WATCH = """
([points, first, last, charts]) => {
  window.seen_after_ms = null;
  const isDrawn = (chart) => {
    const rows = chart.querySelectorAll("svg g.mark-rule.role-mark line");
    return rows.length === points
      && rows[0].__data__?.datum?.when?.startsWith(first)
      && rows[points - 1].__data__?.datum?.when?.startsWith(last);
  };
  const look = (began) => {
    const found = [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].filter(isDrawn);
    if (found.length < charts) return requestAnimationFrame(() => look(began));
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.seen_after_ms = performance.now() - began;
    }));
  };
  document.addEventListener("pointerdown", (press) => look(press.timeStamp), {capture: true, once: true});
}
"""


@dataclass(frozen=True)
class Picture:
    """A choice of range, and what its charts then hold: how many points, and how the first and last are named."""

    name: str
    button: str
    statement: str

    def expected(self, rig: Rig) -> tuple[int, str, str]:
        """Return points, first and last name, straight from the warehouse."""
        [(points, first, last)] = rig.machine.query(self.statement)
        return points, first, last


PICTURES = (
    Picture(
        "a day of mix",
        "24 h",
        """
        select
            count(*),
            to_char(min(london), 'Dy FMDD Mon YYYY, HH24:MI'),
            to_char(max(london), 'Dy FMDD Mon YYYY, HH24:MI')
        from (
            select period_started_at at time zone 'Europe/London' as london
            from analytics.half_hourly_generation
            where period_started_at
                > (select max(period_started_at) from analytics.half_hourly_generation) - interval '24 hours'
        ) as day
        """,
    ),
    Picture(
        "17 years of monthly mix",
        "All",
        """
        select
            count(distinct settlement_month),
            to_char(min(settlement_month), 'FMMonth YYYY'),
            to_char(max(settlement_month), 'FMMonth YYYY')
        from analytics.monthly_generation_mix
        """,
    ),
)


def is_possible() -> bool:
    """Tell whether a browser is here, and say so where there is none."""
    if chromium() is None:
        log.warning("browser: not measured, because no Chromium is here; name it: CHROMIUM=/path")
        return False
    return True


def measure(rig: Rig, *, rounds: int) -> dict[str, Any]:
    """Click to and fro between the pictures; the first round warms the dashboard and the browser, and is not told."""
    expected = {picture.name: picture.expected(rig) for picture in PICTURES}
    taken: dict[str, list[tuple[float, float, float]]] = {picture.name: [] for picture in PICTURES}
    with _page() as page:
        opened(page, f"{services.dashboard_url(rig.machine.settings, rig.machine.home)}/?range=all")
        for number in range(rounds + 1):
            for picture in PICTURES:
                took = _time_click(page, picture, expected[picture.name], rig)
                if number > 0:
                    taken[picture.name].append(took)
        log.info("browser: %s", {name: [round(each[0]) for each in times] for name, times in taken.items()})
    return {"rounds": rounds, "pictures": {name: _told(expected[name][0], times) for name, times in taken.items()}}


def _told(points: int, taken: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    wall_ms, browser_s, dashboard_s = zip(*taken, strict=True)
    return {
        "points": points,
        "p50_ms": results.percentile(wall_ms, 50),
        "p95_ms": results.percentile(wall_ms, 95),
        "min_ms": round(min(wall_ms), 1),
        "browser_cpu_s": results.spread(browser_s)["median"],
        "dashboard_cpu_s": results.spread(dashboard_s)["median"],
    }


def _time_click(page: Page, picture: Picture, expected: tuple[int, str, str], rig: Rig) -> tuple[float, float, float]:
    """Return milliseconds from click to picture, and the seconds of CPU in the browser and in the dashboard."""
    page.evaluate(WATCH, [*expected, CHARTS])
    before = _cpu_s(_browsers()), _cpu_s(_dashboards(rig))
    page.get_by_role("radio", name=picture.button, exact=True).click()
    wall_ms = page.wait_for_function("() => window.seen_after_ms").json_value()
    after = _cpu_s(_browsers()), _cpu_s(_dashboards(rig))
    # The rest of the page comes after the charts, and the next click must not meet it.
    page.locator('[data-testid="stStatusWidget"]').wait_for(state="detached")
    page.wait_for_function("() => new Promise((done) => requestIdleCallback(() => done(true)))")
    return float(wall_ms), after[0] - before[0], after[1] - before[1]


def _browsers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]


def _dashboards(rig: Rig) -> list[psutil.Process]:
    pid = rig.machine.pid_of("dashboard")
    return [psutil.Process(pid)] if pid else []


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    return float(sum(times.user + times.system for times in (each.cpu_times() for each in processes)))


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()
