"""The table of the catalogue: a row for each entry, with columns named for people."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from include.serving.catalogue import Entry
from include.serving.dashboard.operations.catalogue.strip import strip

INSTANT = pa.timestamp("us", "UTC")
DAYS = "Last 30 days"


def as_table(entries: Sequence[Entry], at: datetime) -> pa.Table:
    """Return the entries as they stand at an instant."""
    return pa.table(
        {
            "Dataset": pa.array([each.label for each in entries], pa.string()),
            "Title": pa.array([each.title for each in entries], pa.string()),
            "Standing": pa.array([each.standing(at) for each in entries], pa.string()),
            "Age (h)": pa.array([hours(each.age(at)) for each in entries], pa.float64()),
            DAYS: pa.array([strip(each.days) for each in entries], pa.string()),
            "Days held": pa.array([_held(each) for each in entries], pa.int64()),
            "Rows held": pa.array([each.rows_held for each in entries], pa.int64()),
            "Last loaded (UTC)": pa.array([each.loaded_at for each in entries], INSTANT),
            "Publisher’s update (UTC)": pa.array([each.last_updated_at for each in entries], INSTANT),
            "Last error": pa.array([trouble(each) for each in entries], pa.string()),
            "Drift": pa.array([each.drift for each in entries], pa.string()),
            "Publisher": pa.array([each.publisher_title for each in entries], pa.string()),
            "Published table": pa.array([each.published_table for each in entries], pa.string()),
        }
    )


def hours(age: timedelta | None) -> float | None:
    """Return a length of time in hours; a period that is not over yet has no age."""
    return None if age is None else round(max(age / timedelta(hours=1), 0), 1)


def trouble(entry: Entry) -> str | None:
    """Return why the newest load failed, and when; else why it cannot be loaded."""
    if entry.failed_at is not None:
        return f"{entry.failed_at:%Y-%m-%d %H:%M}: {(entry.cause or '').splitlines()[0]}"
    return entry.reason if entry.is_usable is False else None


def _held(entry: Entry) -> int | None:
    return sum(day == "held" for day in entry.days) if entry.days else None
