"""What the dashboard shows, against the same figures worked out from the recorded files by hand."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.ingestion.window import Window
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation import half_hours
from include.serving.dashboard.generation.half_hours import HALF_HOURS, over_range, over_range_as_known
from include.serving.dashboard.generation.revisions import queries as revisions
from include.serving.dashboard.known_by import MOST_PUBLICATIONS, PUBLICATIONS, publications
from include.serving.dashboard.operations.explorer.page import sample
from include.serving.dashboard.operations.quality import queries as coverage
from include.serving.dashboard.operations.runs.page import told_of
from include.serving.dashboard.operations.runs.queries import RUNS, runs
from include.serving.dashboard.reader import Reader, UnreadableError, reading
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import MOST_POINTS, Interval, Preset, Span, drawable, span_of, span_of_days
from include.serving.day_state import DAY_STATES
from include.serving.explorer.catalogue import relations
from include.serving.explorer.query import run_query
from include.settlement import LONDON
from include.warehouse import Role, Warehouse
from tests.journey import Journey
from tests.simulated_portal import SimulatedPortal

CHANGE_LOG = "generation_mix_2026_changelog_2026-03-22_to_2026-05-31.csv.gz"
OLD_SCHEMA = "generation_mix_2023-02_2023-03_old_schema.csv"
NAMES = {
    **{"gas": "GAS", "coal": "COAL", "nuclear": "NUCLEAR", "wind": "WIND", "embedded_wind": "WIND_EMB"},
    **{"hydro": "HYDRO", "imports": "IMPORTS", "biomass": "BIOMASS", "other": "OTHER", "solar": "SOLAR"},
    "storage": "STORAGE",
}
ZERO_CARBON = ("nuclear", "wind", "embedded_wind", "hydro", "solar")
DATASET = "neso_generation_mix"
Line = dict[str, float]


def copy_as_of(path: Path, captured_by: str) -> dict[datetime, Line]:
    """The recorded copy at an instant: of each half-hour, the last line captured by then."""
    held: dict[datetime, Line] = {}
    with gzip.open(path, "rt") as file:
        for line in csv.DictReader(file):
            if line["captured_at"] <= captured_by:
                held[instant(line["DATETIME"])] = figures(line)
    return held


def figures(line: dict[str, str]) -> Line:
    return {name: float(line[name]) for name in (*NAMES.values(), "GENERATION", "CARBON_INTENSITY") if name in line}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def recorded(real_data: Path) -> Path:
    if not (real_data / "neso" / CHANGE_LOG).is_file():
        pytest.skip(f"no recorded copies in {real_data}")
    return real_data / "neso"


@pytest.fixture(scope="module")
def captures(recorded: Path) -> list[str]:
    with gzip.open(recorded / CHANGE_LOG, "rt") as file:
        return sorted({line["captured_at"] for line in csv.DictReader(file)})


@pytest.fixture(scope="module")
def copies(recorded: Path, captures: list[str]) -> dict[str, dict[datetime, Line]]:
    return {at: copy_as_of(recorded / CHANGE_LOG, at) for at in (captures[0], captures[-1])}


@pytest.fixture(scope="module")
def held(
    copy_of: Any,
    template: Warehouse,
    settings: Any,
    portal_process: SimulatedPortal,
    recorded: Path,
    captures: list[str],
) -> Iterator[Warehouse]:
    """Two months of 2023 in the older schema, and spring 2026 as first and as last captured."""
    portal_process.reset()
    with copy_of(template) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        portal_process.set(csv=[str(recorded / OLD_SCHEMA)], now=None, as_of=None)
        journey.ingest(Window(datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 4, 1, tzinfo=UTC)))
        for captured_at in (captures[0], captures[-1]):
            at = instant(captured_at)
            portal_process.set(as_of=at.isoformat(), csv=[str(recorded / CHANGE_LOG)], now=None)
            journey.ingest(Window(datetime(2026, 1, 1, tzinfo=UTC), at))
        journey.bring()
        yield warehouse


@pytest.fixture
def reader(held: Warehouse) -> Iterator[Reader]:
    with reading(held.dsn(Role.SCREENS)) as reader:
        yield reader


@pytest.fixture
def now(copies: Any, captures: list[str]) -> dict[datetime, Line]:
    copy: dict[datetime, Line] = copies[captures[-1]]
    return copy


def bucket(at: datetime, interval: Interval) -> datetime:
    """The bucket of a half-hour, worked out here: UTC for hours, London's date for what is longer."""
    day = at.astimezone(LONDON).date()
    first_day = {Interval.DAY: day, Interval.MONTH: day.replace(day=1), Interval.YEAR: day.replace(month=1, day=1)}
    if interval in first_day:
        return datetime.combine(first_day[interval], datetime.min.time(), UTC)
    return at if interval is Interval.HALF_HOUR else at.replace(minute=0)


def expected(copy: dict[datetime, Line], span: Span, interval: Interval) -> dict[datetime, dict[str, float]]:
    groups: dict[datetime, list[Line]] = defaultdict(list)
    for at, line in copy.items():
        if span.started_at <= at < span.ended_at:
            groups[bucket(at, interval)].append(line)
    return {at: aggregate(lines) for at, lines in groups.items()}


def aggregate(lines: list[Line]) -> dict[str, float]:
    """Power averaged, energy summed, shares and intensity weighted by energy."""
    total = sum(line["GENERATION"] for line in lines)
    fuel_mw = {code: sum(line.get(name, 0) for line in lines) / len(lines) for code, name in NAMES.items()}
    zero_carbon = sum(line.get(NAMES[code], 0) for line in lines for code in ZERO_CARBON)
    return {
        **{f"{code}_mw": mw for code, mw in fuel_mw.items()},
        **{f"{code}_pct": 100 * mw * len(lines) / total for code, mw in fuel_mw.items()},
        "generation_mw": total / len(lines),
        "energy_mwh": total / 2,
        "carbon_intensity_g_per_kwh": sum(line["CARBON_INTENSITY"] * line["GENERATION"] for line in lines) / total,
        "zero_carbon_mw": zero_carbon / len(lines),
        "zero_carbon_pct": 100 * zero_carbon / total,
        "periods": len(lines),
    }


@pytest.mark.parametrize(
    ("first", "last", "interval"),
    [
        # The day the clocks went forward, 46 half-hours.
        ("2026-03-29", "2026-03-29", Interval.HALF_HOUR),
        ("2026-03-28", "2026-03-30", Interval.HOUR),
        ("2026-03-01", "2026-04-30", Interval.DAY),
        ("2026-01-01", "2026-05-31", Interval.MONTH),
        ("2026-01-01", "2026-05-31", Interval.YEAR),
    ],
)
def test_the_mix_is_that_of_the_file(reader, now, first, last, interval):
    span = span_of_days(date.fromisoformat(first), date.fromisoformat(last), LONDON)
    rows = {row["bucket_at"]: row for row in over_range(reader, span, interval).to_pylist()}
    wanted = expected(now, span, interval)
    assert rows.keys() == wanted.keys()
    assert [row["bucket_until_at"] for row in rows.values()][:-1] == list(rows)[1:]
    assert {row["stands_alone"] for row in rows.values()} == {len(rows) == 1}
    for at, figures_of_bucket in wanted.items():
        shares = {name for name in figures_of_bucket if name.endswith("_pct") and name != "zero_carbon_pct"}
        exact = figures_of_bucket.keys() - shares
        assert {name: rows[at][name] for name in exact} == pytest.approx(
            {name: figures_of_bucket[name] for name in exact}, rel=1e-9
        )
        # The marts' shares are rounded to hundredths that make 100.
        for name in shares:
            assert rows[at][name] == pytest.approx(figures_of_bucket[name], abs=0.011)


@pytest.mark.parametrize(
    ("interval", "mart", "period"),
    [
        (Interval.HALF_HOUR, "half_hourly_generation_mix", "period_started_at"),
        (Interval.DAY, "daily_generation_mix", "settlement_date"),
        (Interval.MONTH, "monthly_generation_mix", "settlement_month"),
        (Interval.YEAR, "yearly_generation_mix", "make_date(settlement_year, 1, 1)"),
    ],
)
def test_shares_are_those_of_the_marts_in_whatever_range(reader, interval, mart, period):
    """Two days that begin in one month and end in another: both months are whole."""
    span = span_of_days(date(2026, 3, 31), date(2026, 4, 1), LONDON)
    table = over_range(reader, span, interval)
    published = {
        (row["at"], row["fuel_code"]): float(row["share_pct"])
        for row in reader.rows(
            f"select {period}::timestamp::timestamptz as at, fuel_code, share_pct from analytics.{mart}"
        )
    }
    assert table.num_rows == {Interval.HALF_HOUR: 96, Interval.DAY: 2, Interval.MONTH: 2, Interval.YEAR: 1}[interval]
    for row in table.to_pylist():
        shown = {fuel.code: row[fuel.share_column] for fuel in STACK}
        assert shown == pytest.approx({code: published[row["bucket_at"], code] for code in shown}, abs=1e-9)


def test_the_mean_of_percentages_would_be_wrong(reader, now):
    """Weighted and unweighted shares differ, so that a mistake would show."""
    span = span_of_days(date(2026, 5, 1), date(2026, 5, 1), LONDON)
    [row] = over_range(reader, span, Interval.DAY).to_pylist()
    lines = [line for at, line in now.items() if span.started_at <= at < span.ended_at]
    mean = sum(100 * line["SOLAR"] / line["GENERATION"] for line in lines) / len(lines)
    assert abs(row["solar_pct"] - mean) > 0.5


def test_the_last_picked_day_is_whole(reader):
    span = span_of_days(date(2026, 5, 4), date(2026, 5, 5), LONDON)
    rows = over_range(reader, span, Interval.HALF_HOUR).to_pylist()
    assert len(rows) == 96
    assert rows[-1]["bucket_at"] == datetime(2026, 5, 5, 22, 30, tzinfo=UTC)
    assert rows[-1]["when"].startswith("Tue 5 May 2026, 23:30 BST")


def test_embedded_wind_that_was_not_split_off_leaves_the_stack_as_high_as_the_total(reader):
    span = span_of_days(date(2023, 2, 1), date(2023, 3, 31), LONDON)
    for row in over_range(reader, span, Interval.DAY).to_pylist():
        assert row["embedded_wind_mw"] is None
        parts = sum(row[fuel.column] or 0 for fuel in STACK)
        assert parts == pytest.approx(row["generation_mw"], abs=2)


def test_what_is_younger_than_the_rewriting_window_is_provisional(reader, copies):
    since = half_hours.provisional_from(reader)
    published = extent(reader, HALF_HOURS)
    assert since is not None
    assert published is not None
    assert since + half_hours.REWRITTEN_FOR == loads(reader)[0]
    span = span_of(Preset.LAST_24_HOURS, published)
    # Captured in spring, loaded today: by what we know nobody rewrites it any more.
    rows = over_range(reader, span, Interval.HALF_HOUR).to_pylist()
    assert [row["is_provisional"] for row in rows] == [row["bucket_at"] >= since for row in rows]


def test_what_is_missing_in_between_has_rows_without_figures(reader):
    span = span_of_days(date(2023, 3, 1), date(2026, 1, 31), LONDON)
    months = [datetime(2023 + number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in range(2, 38)]
    rows = over_range(reader, span, Interval.MONTH).to_pylist()
    assert [(row["bucket_at"], row["bucket_until_at"]) for row in rows] == list(pairwise(months))
    # The recording ends with March of UTC, which is an hour of London's April.
    march, april, *missing, january = rows
    assert [march["periods"], april["periods"], january["periods"]] == [1486, 2, 1488]
    assert [row["stands_alone"] for row in rows] == [False] * (len(rows) - 1) + [True]
    told = {"bucket_at", "bucket_until_at", "when", "periods", "is_provisional", "stands_alone"}
    for row in missing:
        assert {value for name, value in row.items() if name not in told} == {None}
        assert (row["periods"], row["is_provisional"]) == (0, False)
        assert row["when"].endswith(" · nothing published")


def test_what_was_provisional_is_judged_at_the_instant_it_was_known(reader, monkeypatch):
    _, known_by, *_ = loads(reader)
    border = datetime(2026, 3, 15, tzinfo=UTC)
    monkeypatch.setattr(half_hours, "REWRITTEN_FOR", known_by - border)
    assert half_hours.provisional_from(reader, known_by=known_by) == border < half_hours.provisional_from(reader)
    span = span_of_days(date(2026, 3, 14), date(2026, 3, 15), LONDON)
    rows = over_range_as_known(reader, span, Interval.HALF_HOUR, known_by)
    assert rows["is_provisional"].to_pylist() == [at >= border for at in rows["bucket_at"].to_pylist()]
    [day] = over_range(reader, span_of_days(date(2026, 3, 15), date(2026, 3, 15), LONDON), Interval.DAY).to_pylist()
    assert day["is_provisional"]
    assert day["when"] == "Sun 15 Mar 2026 · may still change"


def test_the_newest_half_hour_and_what_it_was_before(reader, now):
    published = extent(reader, HALF_HOURS)
    assert published is not None
    newest_at = max(now)
    assert (published.first_at, published.newest_at) == (datetime(2023, 2, 1, tzinfo=UTC), newest_at)
    week_ago = newest_at - timedelta(days=7)
    found = half_hours.at(reader, newest_at, week_ago, newest_at + timedelta(hours=1))
    assert found.keys() == {newest_at, week_ago}
    line = now[newest_at]
    assert found[newest_at].generation_mw == line["GENERATION"]
    assert found[newest_at].carbon_intensity_g_per_kwh == line["CARBON_INTENSITY"]
    assert found[newest_at].fuels_mw == {code: line[name] for code, name in NAMES.items()}


def loads(reader):
    """When versions became known, the newest first."""
    return [
        row["known_at"]
        for row in reader.rows(
            "select distinct known_at from analytics.half_hourly_generation_versions order by known_at desc"
        )
    ]


def test_what_readers_were_shown_by_a_publication_is_what_was_known_then(reader, held):
    [published_at] = publications(reader, HALF_HOURS.table)
    assert published_at > loads(reader)[0]
    span = span_of_days(date(2026, 3, 1), date(2026, 3, 31), LONDON)
    then, difference = revisions.as_known_and_now(reader, span, Interval.DAY, published_at)
    assert then.num_rows == difference.num_rows == 31
    assert set(difference["generation_mw"].to_pylist()) == {0}


def test_the_publications_are_found_without_reading_the_versions(reader):
    tables_read: set[str] = set()
    plan = reader.rows(
        "explain (format json) " + PUBLICATIONS,
        {"table": HALF_HOURS.table, "limit": MOST_PUBLICATIONS},
    )
    nodes = [plan[0]["QUERY PLAN"][0]["Plan"]]
    while nodes:
        node = nodes.pop()
        tables_read |= {node["Relation Name"]} if "Relation Name" in node else set()
        nodes += node.get("Plans", [])
    assert tables_read == {"publications"}


def test_the_mix_as_known_before_is_that_of_the_first_copy(reader, copies, captures):
    first = copies[captures[0]]
    span = span_of_days(date(2026, 3, 1), date(2026, 3, 31), LONDON)
    then, difference = revisions.as_known_and_now(reader, span, Interval.DAY, loads(reader)[1])
    wanted = expected(first, span, Interval.DAY)
    rows = {row["bucket_at"]: row for row in then.to_pylist()}
    assert rows.keys() == wanted.keys()
    for at, figures_of_day in wanted.items():
        known = {name: figure for name, figure in figures_of_day.items() if name in then.column_names}
        assert known.keys() >= {"solar_mw", "generation_mw", "energy_mwh", "carbon_intensity_g_per_kwh", "periods"}
        assert {name: rows[at][name] for name in known} == pytest.approx(known, rel=1e-9)
    newest = expected(copies[captures[-1]], span, Interval.DAY)
    whole = [at for at in wanted if wanted[at]["periods"] == newest[at]["periods"]]
    # The days that were not known then, or not whole, have no figures.
    assert difference["bucket_at"].to_pylist() == sorted(newest)
    compared = {row["bucket_at"]: row["solar_mw"] for row in difference.to_pylist() if row["solar_mw"] is not None}
    assert len(newest) > len(whole)
    assert compared == pytest.approx({at: newest[at]["solar_mw"] - wanted[at]["solar_mw"] for at in whole}, abs=1e-6)
    assert max(compared.values()) > 10


def test_revisions_are_counted_as_the_copies_differ(reader, copies, captures):
    first, last = copies[captures[0]], copies[captures[-1]]
    span = span_of_days(date(2026, 1, 1), date(2026, 5, 31), LONDON)
    moved = revisions.summary(reader, span)
    assert moved["half_hours"] == len(last)
    for interval, buckets in ((Interval.DAY, 151), (Interval.MONTH, 5), (Interval.YEAR, 1)):
        counted = revisions.revisions_by(reader, span, interval).to_pylist()
        assert len(counted) == buckets
        assert sum(each["material"] + each["rounding"] for each in counted) == moved["revised"]
        assert max(each["largest_fuel_change_mw"] for each in counted) == moved["largest_fuel_change_mw"]
    # At least these differ in what is drawn; percentages alone may have moved too.
    assert moved["revised"] >= sum(first[at] != last[at] for at in first) > 1000
    [top, *_] = revisions.most_revised(reader, span)
    greatest = max(abs(last[at][name] - first[at][name]) for at in first for name in NAMES.values())
    assert top["largest_fuel_change_mw"] == greatest
    versions = revisions.versions(reader, top["period_started_at"]).to_pylist()
    assert [row["version_number"] for row in versions] == [1, 2]


def test_the_calendar_has_a_cell_for_each_day(reader):
    span = span_of_days(date(2026, 1, 1), date(2026, 5, 31), LONDON)
    days = coverage.calendar(reader, DATASET, span).to_pylist()
    assert len(days) == 151
    assert {day["year"] for day in days} == {2026}
    by_name = {day["when"]: day for day in days}
    spring = by_name["Sun 29 Mar 2026"]
    assert (spring["expected_half_hours"], spring["weekday"]) == (46, "Sun")
    assert by_name["Thu 1 Jan 2026"]["week"] == 1
    assert by_name["Mon 5 Jan 2026"]["week"] == 2
    assert by_name["Sun 31 May 2026"]["state"] == "Not over yet"
    assert {day["state"] for day in days} <= {name for _, name, _ in DAY_STATES}
    assert coverage.totals(reader, DATASET, span)["present"] == 7_215


def test_half_hours_that_are_not_yet_published_are_not_due(reader, now):
    newest_at = max(now)
    span = span_of_days(date(2026, 5, 31), date(2026, 5, 31), LONDON)
    assert newest_at < span.ended_at - timedelta(minutes=30)
    totals = coverage.totals(reader, DATASET, span)
    due = (newest_at - span.started_at) // timedelta(minutes=30) + 1
    assert (totals["due"], totals["present"], totals["missing"]) == (due, due, 0)


def test_between_two_recordings_nobody_asked_for_anything(reader):
    span = span_of_days(date(2024, 1, 1), date(2024, 12, 31), LONDON)
    assert {day["state"] for day in coverage.calendar(reader, DATASET, span).to_pylist()} == {
        "Never asked for, in part or whole"
    }


@pytest.mark.parametrize("interval", list(Interval))
def test_no_series_is_longer_than_a_screen(reader, interval):
    published = extent(reader, HALF_HOURS)
    assert published is not None
    shown = drawable(interval, published.whole)
    assert over_range(reader, published.whole, shown).num_rows <= MOST_POINTS
    counted = revisions.revisions_by(reader, published.whole, revisions.day_or_longer(shown))
    assert counted.num_rows <= min(MOST_POINTS, published.whole.points(shown))


def test_every_table_of_analysts_is_listed_with_its_columns(reader):
    found = {f"{table.schema}.{table.name}": table for table in relations(reader)}
    mart = found["analytics.half_hourly_generation"]
    assert mart.comment
    assert mart.columns[0].name == "period_started_at"
    assert mart.columns[0].type == "timestamp with time zone"
    assert all(column.comment for column in mart.columns)
    assert {table.schema for table in found.values()} == {"analytics", "reference", "ops"}


def test_runs_and_freshness_are_told(reader, now):
    whole = extent(reader, RUNS)
    assert whole is not None
    assert len(runs(reader, whole.whole)) == 4
    # Elexon's views are there from the beginning, and have no periods.
    [source] = [each for each in reader.datasets() if each.is_published and each.time_column]
    assert source.newest_at == max(now)
    assert told_of(source, max(now)).endswith("the newest period is not over yet")
    told = told_of(source, max(now) + timedelta(minutes=30, hours=1.7))
    assert told == "Historic GB Generation Mix: the newest period ended 1.7 h ago"


def test_the_sample_query_runs_over_its_days(held):
    days = (date(2026, 5, 1), date(2026, 5, 2))
    result = run_query(held.dsn(Role.EXPLORER), sample(HALF_HOURS, span_of_days(*days, LONDON)))
    held = [row[result.columns.index("settlement_date")] for row in result.rows]
    assert (min(held), max(held), len(held)) == (*days, 96)


def test_a_slow_warehouse_is_told_in_words(held):
    with pytest.raises(UnreadableError, match="slow"), reading(held.dsn(Role.SCREENS)) as reader:
        reader.row("set statement_timeout = 50; select pg_sleep(5)")
