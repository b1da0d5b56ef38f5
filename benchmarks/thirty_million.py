"""What the meters of a whole country would need, reckoned from what was measured for some 200,000 of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.meter_data import HALF_HOURS

METERS = 30_000_000
READINGS = METERS * HALF_HOURS
DAYS, MONTH_DAYS = 365, 30
GB, TB = 1e9, 1e12
SHARDS = 16
# Of what a reading takes on disk, its keys.
KEYS = 0.45
LISTED_AT_ONCE = 1_000
RUNS_A_DAY = 144


@dataclass(frozen=True)
class UnitCosts:
    """What one reading and one file cost, as measured."""

    client_us: float
    server_us: float
    reading_bytes: float
    file_bytes: float
    built_us: float
    """Wall time of judging, building and publishing, for a reading."""
    listed_us: float
    """Wall time of a listing where nothing is new, for a file."""

    @classmethod
    def of(cls, measured: dict[str, Any]) -> "UnitCosts":
        """Return them from the figures of the section `meters`."""
        load, rows, files = measured["load"], measured["rows"], measured["meters"]
        return cls(
            client_us=load["client_cpu_s"]["median"] / rows * 1e6,
            server_us=load["server_cpu_s"]["median"] / rows * 1e6,
            # After a second day: the keys of one day are never split.
            reading_bytes=measured["second_day"]["bytes_a_reading"],
            file_bytes=measured["bytes_a_file"]["ops.loads"] + measured["bytes_a_file"]["raw.pseudonyms"] / 2,
            built_us=measured["second_day"]["published"]["wall_s"] / rows * 1e6,
            listed_us=measured["listing"]["wall_s"] / files * 1e6,
        )


def told(measured: dict[str, Any]) -> Iterator[str]:
    """Yield the section, as Markdown."""
    cost = UnitCosts.of(measured)
    server_h, client_h, built_h = (
        READINGS * each / 1e6 / 3600 for each in (cost.server_us, cost.client_us, cost.built_us)
    )
    day_bytes, ledger_bytes = READINGS * cost.reading_bytes, METERS * cost.file_bytes
    yield from ("### What 30 million meters would need", "")
    yield (
        f"Nobody has run this; it is reckoned from the figures above. A reading costs {cost.client_us:.1f} µs of Python"
        f" and {cost.server_us:.1f} µs of PostgreSQL, and {cost.reading_bytes:.0f} bytes in raw with its keys; a file "
        f"of a day costs {cost.file_bytes:,.0f} bytes in the ledger and among the names, and {cost.listed_us:.0f} µs "
        f"whenever it is listed. {METERS / 1e6:.0f} million meters have {READINGS / 1e9:.2f} billion readings a day."
    )
    yield from (
        "",
        "| a day of all of them | |",
        "|---|--:|",
        f"| PostgreSQL, loading | {server_h:.1f} core-hours |",
        f"| Python, loading | {client_h:.1f} core-hours |",
        f"| judging, building and publishing, as on this machine | {built_h:.1f} h |",
        f"| raw, with keys | {day_bytes / GB:,.0f} GB |",
        f"| ledger and names, a file for each meter | {ledger_bytes / GB:,.0f} GB |",
        f"| raw, a year | {day_bytes * DAYS / TB:,.0f} TB |",
        f"| ledger and names, a year | {ledger_bytes * DAYS / TB:,.0f} TB |",
        f"| one listing of a day's files | {METERS * cost.listed_us / 1e6 / 60:.0f} min |",
        "",
    )
    yield from _consequences(server_h + client_h, built_h, day_bytes)


def _consequences(load_h: float, built_h: float, day_bytes: float) -> Iterator[str]:
    # Half of what Python does falls into the time that PostgreSQL takes.
    one_loader_h = load_h * 0.75
    yield (
        "- **Workers.** Loads of one dataset take turns by its lock. One loader and its session take "
        f"{one_loader_h:.1f} hours for a day, on two cores. With {SHARDS} shards by the first digit of the meterpoint, "
        "each a dataset, a folder and a DAG of its own, a day is in within "
        f"{one_loader_h / SHARDS * 60:.0f} minutes on {2 * SHARDS} cores."
    )
    yield (
        f"- **Partitions.** A month of raw has {day_bytes * MONTH_DAYS / TB:.1f} TB. Partitioned by month and shard, "
        "as replaced windows are by month, each with keys of its own, a day goes into keys that fit into memory, a "
        "late correction goes to the month of its half-hour, and what is too old is dropped with its table."
    )
    yield (
        "- **PostgreSQL.** Not the embedded one: a server with some dozen cores and "
        f"{max(day_bytes * KEYS / GB, 64):,.0f} GB of memory, which hold the keys of the day that is written; or "
        "one for each few shards, since nothing but the sums in the end reads across them."
    )
    yield (
        f"- **Marts.** {built_h:.1f} hours on two cores for a day. Days and shards are independent: a build for each, "
        "and a last one that adds the shards up. What has a row for a meter and day is partitioned as raw is."
    )
    requests = RUNS_A_DAY * METERS / LISTED_AT_ONCE / 1e6
    yield (
        f"- **Object store.** A file for each meter and day makes {METERS / LISTED_AT_ONCE:,.0f} pages a listing: "
        f"every ten minutes, that is {requests:.1f} million requests a day to learn what is new. List the last days by "
        "their prefix (`readings/2021-01-04/`) and all of it once a day; or load what the store's notifications name: "
        "the DAG runs on an event already, but lists the folder then. Files of a thousand meters each would take the "
        "ledger, the names and the requests down to a thousandth."
    )
    yield (
        f"- **Disk.** {day_bytes * DAYS / TB:,.0f} TB a year, and as much for each standby. A day's sum of a meter "
        "takes a fiftieth of its readings: kept for years, beside some months of raw."
    )
