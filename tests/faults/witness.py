"""The witness: says what is wrong in a warehouse, from the publisher's own file and plain SQL.

It shares no code with the loader, the models or the publication. Each method returns what it found wrong, in words;
nothing found is nothing wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2

from tests.faults.published import FUELS, Copy

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = timedelta(minutes=30)
RAW = "raw.neso_generation_mix"
# The way of asking, which is not published content.
TRANSPORT = ("_id", "_full_text", "_count")
EXAMPLES = 3
# NESO's shares are spelt to a tenth, ours to a hundredth.
SHARE_TOLERANCE = 0.011
ENERGY_TOLERANCE_MWH = 0.001


@dataclass
class Witness:
    """Looks at one warehouse, and remembers the versions it has seen."""

    dsn: str
    """Of a login that reads all schemas."""
    seen: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    @contextmanager
    def look(self) -> Iterator[Any]:
        """Open a snapshot of the whole warehouse, as a cursor."""
        connection = psycopg2.connect(self.dsn, options="-c timezone=UTC", connect_timeout=30)
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def after_fault(self, before: Copy, after: Copy) -> list[str]:
        """What is wrong right after a fault: readers must see the former state or the new one, whole."""
        with self.look() as cursor:
            return [
                *self._raw_is_append_only(cursor),
                *_counts_match_versions(cursor),
                *_either(_analytics(cursor, before), _analytics(cursor, after)),
            ]

    def after_part(self) -> list[str]:
        """What is wrong where only a part of what was published has been asked for."""
        with self.look() as cursor:
            return [*self._raw_is_append_only(cursor), *_counts_match_versions(cursor)]

    def after_healing(self, published: Copy) -> list[str]:
        """What is wrong after the next run: everything published must stand in raw and in analytics, once."""
        with self.look() as cursor:
            return [
                *self._raw_is_append_only(cursor),
                *_counts_match_versions(cursor),
                *_raw(cursor, published),
                *_analytics(cursor, published),
                *_history(cursor),
                *_nothing_pending(cursor),
            ]

    def raw(self, published: Copy) -> list[str]:
        """What is wrong in raw alone."""
        with self.look() as cursor:
            found = [*self._raw_is_append_only(cursor), *_counts_match_versions(cursor)]
            return [*found, *_raw(cursor, published)]

    def pending(self) -> list[str]:
        """What has been loaded and is not published."""
        with self.look() as cursor:
            return _nothing_pending(cursor)

    def _raw_is_append_only(self, cursor: Any) -> list[str]:
        """Versions never change and never go; each load has one instant, later than every earlier one."""
        cursor.execute(
            "select version_id, period_started_at, md5(payload::text), encode(content_hash, 'hex'), known_at, run_id"
            f" from {RAW} order by version_id"
        )
        now = {row[0]: row[1:] for row in cursor.fetchall()}
        lost = [version for version, row in self.seen.items() if now.get(version) != row]
        self.seen = now
        loads = [(row[3], row[4]) for row in now.values()]
        instants = list(dict.fromkeys(loads))
        return [
            *([f"{len(lost)} versions of raw changed or are gone"] if lost else []),
            *(["known_at goes back from one load to the next"] if instants != sorted(instants) else []),
            *(["two loads share a known_at"] if len({at for at, _ in instants}) != len(instants) else []),
        ]


def _either(first: list[str], second: list[str]) -> list[str]:
    """Nothing, if one of the two states is there without a fault; else what is wrong with the nearer one."""
    if not first or not second:
        return []
    return [f"neither the former state nor the new one is visible: {each}" for each in min(first, second, key=len)]


def _raw(cursor: Any, published: Copy) -> list[str]:
    """The latest version of every half-hour is what was published last, in all its columns."""
    cursor.execute(
        f"select distinct on (period_started_at) period_started_at, payload from {RAW}"
        " order by period_started_at, version_id desc"
    )
    held = {started_at: _numbers(payload) for started_at, payload in cursor.fetchall() if payload is not None}
    return _compared(held, published, "raw")


def _numbers(payload: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in payload.items() if name != "DATETIME"}


def _compared(held: dict[Any, Any], expected: dict[Any, Any], where: str) -> list[str]:
    missing, strange = expected.keys() - held.keys(), held.keys() - expected.keys()
    wrong = [key for key in expected.keys() & held.keys() if held[key] != expected[key]]
    told = (("lost from", missing), ("not published, yet in", strange), ("wrong in", wrong))
    return [f"{len(keys)} rows {what} {where}, such as {_first(keys)}" for what, keys in told if keys]


def _first(keys: Any) -> str:
    return ", ".join(str(key) for key in sorted(keys)[:EXAMPLES])


def _analytics(cursor: Any, published: Copy) -> list[str]:
    """Every published table says what follows from the publisher's file, worked out here."""
    cursor.execute("select to_regclass('analytics.half_hourly_generation') is not null")
    if not cursor.fetchone()[0]:
        return ["analytics lacks its tables"] if published else []
    return [
        *_half_hours(cursor, published),
        *_half_hourly_mix(cursor, published),
        *_summaries(cursor, published),
        *_coverage(cursor, published),
        *_versions(cursor, published),
        *_balance_and_revisions(cursor, published),
    ]


def _half_hours(cursor: Any, published: Copy) -> list[str]:
    columns = ", ".join(f"{fuel}_mw" for fuel in FUELS)
    cursor.execute(
        f"select period_started_at, settlement_date, settlement_period, {columns}, generation_mw, unattributed_mw,"
        " carbon_intensity_g_per_kwh from analytics.half_hourly_generation"
    )
    held = {row[0]: row[1:] for row in cursor.fetchall()}
    return _compared(held, {at: _half_hour(at, row) for at, row in published.items()}, "half_hourly_generation")


def _half_hour(started_at: datetime, row: dict[str, float]) -> tuple[Any, ...]:
    fuels = [row.get(name) for name in FUELS.values()]
    unattributed = row["GENERATION"] - sum(each for each in fuels if each is not None)
    return (*settlement(started_at), *fuels, row["GENERATION"], unattributed, row["CARBON_INTENSITY"])


def settlement(started_at: datetime) -> tuple[date, int]:
    """Return Great Britain's day of a half-hour, and its number in that day, by counting from local midnight."""
    day = started_at.astimezone(LONDON).date()
    midnight = datetime.combine(day, time(), LONDON).astimezone(UTC)
    return day, (started_at - midnight) // HALF_HOUR + 1


def _half_hourly_mix(cursor: Any, published: Copy) -> list[str]:
    cursor.execute(
        "select period_started_at, fuel_code, generation_mw, share_pct, published_share_pct"
        " from analytics.half_hourly_generation_mix where fuel_code <> 'unattributed'"
    )
    rows = cursor.fetchall()
    held = {(at, fuel): (megawatts, published_pct) for at, fuel, megawatts, _, published_pct in rows}
    expected = {
        (at, fuel): (row[name], row[f"{name}_perc"])
        for at, row in published.items()
        for fuel, name in FUELS.items()
        if name in row
    }
    off = [
        (at, fuel)
        for at, fuel, megawatts, share, _ in rows
        if at in published and abs(100 * megawatts / published[at]["GENERATION"] - float(share)) > SHARE_TOLERANCE
    ]
    found = _compared(held, expected, "half_hourly_generation_mix")
    return [*found, *([f"{len(off)} shares are off, such as {_first(off)}"] if off else [])]


def _summaries(cursor: Any, published: Copy) -> list[str]:
    keys = {
        "daily": ("settlement_date", lambda day: day),
        "monthly": ("settlement_month", lambda day: day.replace(day=1)),
        "yearly": ("settlement_year", lambda day: day.year),
    }
    found = []
    for grain, (column, key_of) in keys.items():
        expected: dict[Any, float] = defaultdict(float)
        for at, row in published.items():
            for fuel, name in FUELS.items():
                if name in row:
                    expected[key_of(settlement(at)[0]), fuel] += row[name] / 2
        cursor.execute(
            f"select {column}, fuel_code, energy_mwh from analytics.{grain}_generation_mix"
            " where fuel_code <> 'unattributed'"
        )
        held = {(key, fuel): energy for key, fuel, energy in cursor.fetchall()}
        agreed = {k: v for k, v in expected.items() if abs(held.get(k, -1e9) - v) < ENERGY_TOLERANCE_MWH}
        found += _compared(held | agreed, dict(expected), f"{grain}_generation_mix")
    return found


def _coverage(cursor: Any, published: Copy) -> list[str]:
    present = Counter(settlement(at)[0] for at in published)
    cursor.execute("select settlement_date, expected_half_hours, present_half_hours from analytics.daily_coverage")
    held = {day: (expected, count) for day, expected, count in cursor.fetchall()}
    expected = {day: (half_hours_of(day), count) for day, count in present.items()}
    return _compared({day: held[day] for day in held.keys() & expected.keys()}, expected, "daily_coverage")


def half_hours_of(day: date) -> int:
    """Return how many half-hours a day has in Great Britain."""
    ends = (datetime.combine(each, time(), LONDON).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    start, end = ends
    return (end - start) // HALF_HOUR


def _versions(cursor: Any, published: Copy) -> list[str]:
    """Every version that raw holds of a published state is readable, and the newest is the published one."""
    cursor.execute("select published_version_id from ops.watermarks where release = 'neso_generation_mix'")
    (watermark,) = cursor.fetchone()
    cursor.execute(
        "select version_id, period_started_at, (payload ->> 'GAS')::float8, known_at"
        f" from {RAW} where version_id <= %s",
        (watermark,),
    )
    expected = {row[0]: row[1:] for row in cursor.fetchall()}
    cursor.execute(
        "select version_id, period_started_at, gas_mw, known_at from analytics.half_hourly_generation_versions"
    )
    held = {row[0]: row[1:] for row in cursor.fetchall()}
    newest = {at: gas for _, (at, gas, _) in sorted(held.items())}
    told = {at: row["GAS"] for at, row in published.items()}
    shown = {at: gas for at, gas in newest.items() if gas is not None}
    return [
        *_compared(held, expected, "half_hourly_generation_versions"),
        *_compared(shown, told, "the newest versions"),
    ]


def _balance_and_revisions(cursor: Any, published: Copy) -> list[str]:
    cursor.execute("select period_started_at, generation_mw from analytics.half_hourly_carbon_balance")
    held = dict(cursor.fetchall())
    found = _compared(held, {at: row["GENERATION"] for at, row in published.items()}, "half_hourly_carbon_balance")
    cursor.execute("select period_started_at, version_count from analytics.generation_revisions where not is_withdrawn")
    counted = dict(cursor.fetchall())
    cursor.execute("select period_started_at, count(*) from analytics.half_hourly_generation_versions group by 1")
    versions = {at: count for at, count in cursor.fetchall() if at in published}
    return [*found, *_compared(counted, versions, "generation_revisions")]


def _counts_match_versions(cursor: Any) -> list[str]:
    """Of every run, lost and failed ones too, the history counts exactly the versions it wrote, and published."""
    cursor.execute(
        "select run.run_id, coalesce(run.new, 0) + coalesce(run.revised, 0) + coalesce(run.withdrawn, 0),"
        f" (select count(*) from {RAW} as version where version.run_id = run.run_id), coalesce(run.published, 0),"
        " (select coalesce(sum(keys), 0) from ops.publications as published where published.run_id = run.run_id)"
        " from ops.pipeline_runs as run"
    )
    rows = cursor.fetchall()
    return [
        *(f"run {run}: counts {told} versions, wrote {wrote}" for run, told, wrote, _, _ in rows if told != wrote),
        *(f"run {run}: counts {told} as published, was {was}" for run, _, _, told, was in rows if told != was),
    ]


def _history(cursor: Any) -> list[str]:
    """No run is said to run whose process is gone, none succeeded without its rows, every failure has a cause."""
    cursor.execute(
        "select run_id, status, finished_at, error_message, started_at from ops.pipeline_runs order by run_id"
    )
    found = []
    for run, status, finished_at, message, started_at in cursor.fetchall():
        if status == "running" or finished_at is None:
            found.append(f"run {run} is {status}, yet nobody works on it")
        if status in ("failed", "lost") and not message:
            found.append(f"run {run} is {status} without a cause")
        if message and "\n" in message:
            found.append(f"run {run} has a cause of several lines")
        if finished_at and finished_at < started_at - timedelta(hours=2):
            found.append(f"run {run} ended before it began")
    cursor.execute("select count(*) from ops.run_sessions")
    (sessions,) = cursor.fetchone()
    return [*found, *([f"{sessions} sessions are still registered as at work"] if sessions else [])]


def _nothing_pending(cursor: Any) -> list[str]:
    cursor.execute(
        f"select (select coalesce(max(version_id), 0) from {RAW}) - published_version_id from ops.watermarks"
        " where release = 'neso_generation_mix'"
    )
    (pending,) = cursor.fetchone()
    return [f"versions are pending after the next run: {pending} behind"] if pending else []
