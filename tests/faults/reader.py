"""A reader on `analytics` throughout: a process of its own that takes one snapshot after another."""

import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2

from tests.faults.published import Copy

PAUSE_S = 0.1
# The same figures from five tables, in one snapshot.
FIGURES = """
    select
        (select json_build_array(
            count(*), sum(gas_mw), sum(solar_mw), sum(generation_mw), sum(carbon_intensity_g_per_kwh),
            extract(epoch from max(period_started_at))
        ) from analytics.half_hourly_generation),
        (select sum(generation_mw) from analytics.half_hourly_generation_mix where fuel_code = 'gas'),
        (select 2 * sum(energy_mwh) from analytics.daily_generation_mix where fuel_code = 'gas'),
        (select 2 * sum(energy_mwh) from analytics.yearly_generation_mix where fuel_code = 'gas'),
        (select sum(generation_mw) from analytics.half_hourly_carbon_balance),
        (select sum(gas_mw) from (
            select distinct on (period_started_at) gas_mw from analytics.half_hourly_generation_versions
            order by period_started_at, version_id desc
        ) as newest)
"""


def figures(published: Copy) -> list[float]:
    """Return what a reader sees of a published state."""
    rows = published.values()
    sums = (sum(row[name] for row in rows) for name in ("GAS", "SOLAR", "GENERATION", "CARBON_INTENSITY"))
    newest: datetime = max(published)
    return [len(published), *sums, newest.timestamp()]


@dataclass
class Reader:
    """Reads until it is stopped, through every fault of the server."""

    dsn: str
    """Of the analyst."""
    notes: Path
    pid: int = 0

    def begin(self) -> "Reader":
        """Begin to read."""
        self.notes.unlink(missing_ok=True)
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                self._read()
            finally:
                os._exit(1)
        return self

    def stop(self, states: Iterable[Copy] | None) -> list[str]:
        """Stop; return what was wrong in any snapshot: tables that disagree, or a state nobody published.

        Without states, any is taken for published.
        """
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        allowed = [figures(state) for state in states or () if state]
        seen = [json.loads(line) for line in self.notes.read_text().splitlines()] if self.notes.exists() else []
        return [
            *(f"a reader saw tables that disagree: {each}" for each in seen if not _agree(each)),
            *(f"a reader saw what nobody published: {each[0]}" for each in seen if states and each[0] not in allowed),
        ]

    def _read(self) -> None:
        seen: set[str] = set()
        with self.notes.open("a", buffering=1) as notes:
            while True:
                try:
                    self._read_until_cut_off(seen, notes)
                except psycopg2.Error:
                    time.sleep(PAUSE_S)

    def _read_until_cut_off(self, seen: set[str], notes: Any) -> None:
        connection = psycopg2.connect(self.dsn, connect_timeout=5)
        connection.autocommit = True
        with connection.cursor() as cursor:
            while True:
                cursor.execute(FIGURES)
                line = json.dumps(cursor.fetchone())
                if line not in seen:
                    seen.add(line)
                    notes.write(line + "\n")
                time.sleep(PAUSE_S)


def _agree(seen: list[Any]) -> bool:
    """Tell whether all tables of one snapshot tell of the same half-hours."""
    (_, gas, _, generation, *_), mix, days, years, balance, versions = seen
    return len({round(each, 3) for each in (gas, mix, days, years, versions)}) == 1 and balance == generation
