"""NESO's recorded copies of spring 2026, from the portal to analytics, against their own CSV files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from include.operations.runs import Counts
from include.warehouse import Warehouse, connect
from tests.journey import FUELS, TABLES, Journey
from tests.recorded_copies import (
    COLUMNS,
    WHOLE_COPIES,
    Line,
    Load,
    Values,
    copy_of_file,
    days,
    lines_of,
    load_capture,
)
from tests.simulated_portal import SimulatedPortal


@dataclass(frozen=True)
class Loaded:
    """A warehouse whose raw holds every capture, one load each; nothing is built."""

    warehouse: Warehouse
    loads: tuple[Load, ...]


@pytest.fixture(scope="module")
def loaded(
    copy_of: Any, template: Warehouse, settings: Any, portal_process: SimulatedPortal, recorded: Path, log: Any
) -> Iterator[Loaded]:
    portal_process.reset()
    captures = sorted({line.captured_at for line in log})
    with copy_of(template) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        yield Loaded(warehouse, tuple(load_capture(journey, recorded, captured_at) for captured_at in captures))


@pytest.fixture(scope="module")
def brought(copy_of: Any, loaded: Loaded, settings: Any, portal_process: SimulatedPortal) -> Iterator[Journey]:
    """All captures in analytics, by one build."""
    with copy_of(loaded.warehouse) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        assert journey.bring() == 7_215
        yield journey


def test_each_capture_brings_what_its_line_of_the_log_says(loaded, log, recorded):
    """The list of the captures tells how many half-hours were new, and how many had changed."""
    listed = [
        (int(each["rows"]), int(each["rows_new"]), int(each["rows_changed"]))
        for each in lines_of(recorded / "generation_mix_2026_vintages.csv")
    ]
    assert len(listed) == 71
    assert [(load.counts.fetched, load.counts.new, load.counts.revised) for load in loaded.loads] == listed
    assert all(load.counts.withdrawn == load.counts.rejected == 0 for load in loaded.loads)


def test_every_half_hour_has_its_latest_values_and_all_its_versions_counted(brought, loaded, log):
    known_at = {load.captured_at: load.known_at for load in loaded.loads}
    latest = {line.period_started_at: line for line in log}
    versions = dict.fromkeys(latest, 0)
    for line in log:
        versions[line.period_started_at] += 1
    held = brought.as_analyst(f"select {COLUMNS}, known_at, version_count from analytics.half_hourly_generation")
    assert {row[0]: row[1:] for row in held} == {
        at: (*line.values, known_at[line.captured_at], versions[at]) for at, line in latest.items()
    }
    assert len(held) == len(latest) == 7_215


def test_every_version_is_there_once_and_differs_from_the_one_before(brought, log):
    """The spelling of a number changes from copy to copy; its value is what counts."""
    before: dict[datetime, tuple[float, ...]] = {}
    for line in log:
        assert line.everything != before.get(line.period_started_at)
        before[line.period_started_at] = line.everything
    held = brought.as_analyst(
        f"select {COLUMNS}, version_number, is_withdrawn from analytics.half_hourly_generation_versions "
        "order by version_id"
    )
    expected, numbers = [], dict.fromkeys(before, 0)
    for line in sorted(log, key=lambda line: (line.captured_at, line.period_started_at)):
        numbers[line.period_started_at] += 1
        expected.append((line.period_started_at, *line.values, numbers[line.period_started_at], False))
    assert held == expected
    assert len(held) == 37_163


def test_what_is_not_attributed_to_a_fuel_is_the_published_total_less_the_fuels(brought, log):
    latest = {line.period_started_at: line.values for line in log}
    held = dict(brought.as_analyst("select period_started_at, unattributed_mw from analytics.half_hourly_generation"))
    assert held == {at: told[11] - sum(told[:11]) for at, told in latest.items()}
    assert {abs(mw) for mw in held.values()} == {0, 1, 2}


@pytest.mark.parametrize("captured_on", WHOLE_COPIES)
def test_the_past_is_told_as_each_whole_copy_told_it(brought, loaded, recorded, captured_on):
    copy = copy_of_file(recorded / f"generation_mix_2026_asof_{captured_on}.csv.gz")
    [load] = [load for load in loaded.loads if load.captured_at.date() == date.fromisoformat(captured_on)]
    as_known = f"select {COLUMNS} from analytics.generation_mix_as_known_at(%s)"
    assert {row[0]: row[1:] for row in brought.as_analyst(as_known, load.known_at)} == copy
    just_before = {row[0]: row[1:] for row in brought.as_analyst(as_known, load.known_at - timedelta(microseconds=1))}
    assert just_before != copy


def test_before_the_first_capture_nothing_was_known_and_today_the_last_one_is(brought, loaded):
    as_known = "select * from analytics.generation_mix_as_known_at(%s) order by 1"
    first, last = loaded.loads[0], loaded.loads[-1]
    assert brought.as_analyst(as_known, first.known_at - timedelta(microseconds=1)) == []
    now = brought.as_analyst("select * from analytics.half_hourly_generation order by 1")
    assert brought.as_analyst(as_known, last.known_at) == now


def test_revisions_are_counted_and_flicker_is_told_from_change(brought, log):
    revised, material, flicker, new, largest_mw, largest_g = brought.as_analyst(
        """
        select
            sum(revision_count), sum(material_revision_count), sum(flicker_count),
            sum(version_count - revision_count), max(largest_fuel_change_mw), max(largest_intensity_change_g_per_kwh)
        from analytics.generation_revisions
        """
    )[0]
    assert (revised, new) == (29_948, 3_858 + 3_357)
    assert (material, flicker) == (9_907, 29_948 - 9_907)
    steps = list(revisions(log))
    assert (largest_mw, largest_g) == (max(fuel for _, fuel, _ in steps), max(grams for _, _, grams in steps))


def test_each_half_hour_has_its_own_revisions(brought, log):
    expected: dict[datetime, list[float]] = {}
    for at, fuel_mw, intensity_g in revisions(log):
        counted = expected.setdefault(at, [0, 0, 0, 0])
        counted[0] += 1
        counted[1] += fuel_mw > 10 or intensity_g > 5
        counted[2], counted[3] = max(counted[2], fuel_mw), max(counted[3], intensity_g)
    held = brought.as_analyst(
        """
        select period_started_at, revision_count, material_revision_count, largest_fuel_change_mw,
            largest_intensity_change_g_per_kwh
        from analytics.generation_revisions where revision_count > 0
        """
    )
    assert {row[0]: list(row[1:]) for row in held} == expected


def revisions(log: tuple[Line, ...]) -> Iterator[tuple[datetime, float, float]]:
    """Each revision: its half-hour, by how many MW the fuel moved that moved most, and the intensity in g."""
    before: dict[datetime, Values] = {}
    for line in log:
        old = before.get(line.period_started_at)
        if old is not None:
            moved = [abs(new - was) for new, was in zip(line.values, old, strict=True)]
            yield line.period_started_at, max(moved[:11]), moved[12]
        before[line.period_started_at] = line.values


def test_the_shares_of_every_half_hour_add_up_to_exactly_100(brought):
    sums = "select sum(share_pct), count(*) from analytics.half_hourly_generation_mix group by period_started_at"
    assert set(brought.as_analyst(sums)) == {(100, 12)}


def test_the_energy_of_a_month_is_that_of_its_half_hours(brought, log):
    """May in London begins at 23:00 UTC on the last day of April."""
    begin, end = datetime(2026, 4, 30, 23, tzinfo=UTC), datetime(2026, 5, 31, 23, tzinfo=UTC)
    latest = {line.period_started_at: line.values for line in log if begin <= line.period_started_at < end}
    held = brought.as_analyst(
        "select fuel_code, half_hours, energy_mwh from analytics.monthly_generation_mix where settlement_month = %s",
        date(2026, 5, 1),
    )
    by_fuel = {fuel: (half_hours, energy_mwh) for fuel, half_hours, energy_mwh in held}
    for position, fuel in enumerate(FUELS):
        assert by_fuel[fuel] == (len(latest), sum(told[position] for told in latest.values()) / 2)


def test_a_capture_that_is_replayed_changes_nothing_not_even_a_timestamp(brought, loaded, recorded):
    before = brought.raw(), brought.analytics(), brought.query("select * from ops.publications")
    for _ in range(2):
        again = load_capture(brought, recorded, loaded.loads[-1].captured_at)
        assert again.counts == Counts(fetched=7_215, unchanged=7_215)
        assert not brought.has_pending, "so the run builds and publishes nothing"
    assert (brought.raw(), brought.analytics(), brought.query("select * from ops.publications")) == before


def test_what_came_in_parts_is_as_what_came_at_once(copy_of, loaded, brought, settings, portal_process):
    """Six builds, each of what its captures brought, against the one build of all: every row of every table."""
    with copy_of(loaded.warehouse) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        later = take_versions(warehouse)
        for load in (each for each in loaded.loads if each.captured_at.date().isoformat() in WHOLE_COPIES):
            give_back(warehouse, later, known_by=load.known_at)
            journey.bring()
        in_parts, at_once = journey.analytics(), brought.analytics()
    for table in TABLES:
        assert in_parts[table] == at_once[table], table


def take_versions(warehouse: Warehouse) -> sql.Identifier:
    """Put all versions aside, as if nothing had been loaded."""
    later = sql.Identifier("raw", "later")
    as_owner(warehouse, sql.SQL("create table {} as table raw.neso_generation_mix").format(later))
    as_owner(warehouse, sql.SQL("truncate raw.neso_generation_mix"))
    return later


def give_back(warehouse: Warehouse, later: sql.Identifier, *, known_by: datetime) -> None:
    """Let the versions arrive that were known by an instant, as they were."""
    move = """
        with known as (delete from {} where known_at <= {} returning *)
        insert into raw.neso_generation_mix overriding system value select * from known order by version_id
    """
    as_owner(warehouse, sql.SQL(move).format(later, sql.Literal(known_by)))


def as_owner(warehouse: Warehouse, statement: sql.Composable) -> None:
    owner = connect(warehouse.owner_dsn, application="tests")
    with owner, owner.cursor() as cursor:
        cursor.execute(statement)
    owner.close()


def test_the_day_on_which_clocks_go_forward_has_46_periods(brought):
    assert days(brought, "2026-03-28", "2026-03-29", "2026-03-30") == [
        *[(48, 48, 0, 48, 48), (46, 46, 0, 46, 46), (48, 48, 0, 48, 48)]
    ]
