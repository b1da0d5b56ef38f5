"""What analysts wait for, over 17 years of history and as their own role."""

import time
from datetime import timedelta
from typing import Any

from benchmarks import results
from benchmarks.rig import DAG, Rig
from include.warehouse import Role

QUERIES = {
    "last 24 hours of mix": """
        select * from analytics.half_hourly_generation_mix
        where period_started_at
            > (select max(period_started_at) from analytics.half_hourly_generation) - interval '24 hours'
        order by period_started_at, fuel_code
    """,
    "a year of daily mix": """
        select * from analytics.daily_generation_mix
        where settlement_date >= %(day)s - 365 and settlement_date < %(day)s
        order by settlement_date, fuel_code
    """,
    "a week as it was known at an instant": """
        select * from analytics.generation_mix_as_known_at(%(known_by)s)
        where period_started_at >= %(now)s - interval '7 days' and period_started_at < %(now)s
        order by period_started_at
    """,
}


def measure(rig: Rig, *, repetitions: int) -> dict[str, Any]:
    """Measure each query with all of its rows fetched; the first time counts like the others."""
    [(known_by,)] = rig.machine.query("select last_known_at from ops.datasets where dataset = %s", DAG)
    values = {"day": rig.now.date(), "now": rig.now, "known_by": known_by - timedelta(milliseconds=1)}
    told: dict[str, Any] = {}
    with rig.place.session(Role.ANALYST, autocommit=True) as analyst:
        for name, statement in QUERIES.items():
            times_ms, rows = [], 0
            for _ in range(repetitions):
                begun = time.perf_counter()
                with analyst.cursor() as cursor:
                    cursor.execute(statement, values)
                    rows = len(cursor.fetchall())
                times_ms.append((time.perf_counter() - begun) * 1000)
            told[name] = {
                "rows": rows,
                "p50_ms": results.percentile(times_ms, 50),
                "p95_ms": results.percentile(times_ms, 95),
            }
    return {"repetitions": repetitions, "queries": told}
