"""The files of readings that arrived, and what came of them."""

from typing import NamedTuple

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.series import Measure, Series, over_time
from include.serving.dashboard.span import Extent, Interval, Span
from include.settlement import HALF_HOUR, LONDON

DATASET = "smart_meter_readings"
# Each way in which a file can end.
OUTCOMES = ("held", "unchanged", "refused", "failed")
# A table of files that can still be read.
LISTED = 200
# What is read in turn has no other order: a file that arrived long ago may be read again today.
FILES = Series(
    "loads",
    "started_at",
    HALF_HOUR,
    LONDON,
    (
        *(
            Measure(each, sql.SQL("count(*) filter (where outcome = {})").format(sql.Literal(each)))
            for each in OUTCOMES
        ),
        Measure("fetched", sql.SQL("sum(fetched)::bigint")),
        Measure("rejected", sql.SQL("sum(rejected)::bigint")),
    ),
    schema="ops",
)
_FILES = "select * from ops.loads where dataset = 'smart_meter_readings' and arrived_at is not null"


class Troubled(NamedTuple):
    """The newest files that were refused or failed, and how many there are in the range."""

    rows: list[Row]
    total: int


def extent(reader: Reader) -> Extent | None:
    """Return when files were read, or None where none was."""
    first, newest = reader.row(f"select min(started_at), max(started_at) from ({_FILES}) as files")  # noqa: S608 - our own text
    return None if first is None else Extent(first, newest, FILES.step, FILES.zone)


def outcomes(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval: how many files came to what, and how many rows they held and were rejected."""
    return over_time(reader, FILES, span.whole(interval), interval, relation=sql.SQL(f"({_FILES}) as files"))


def troubled(reader: Reader, span: Span, *, limit: int = LISTED) -> Troubled:
    """Return the newest files that were refused or failed, each with its cause and what came of it since."""
    rows = reader.rows(
        f"""
        select
            files.started_at, files.arrived_at, files.scope, files.outcome, files.cause, files.total,
            case when latest.load_id > files.load_id then latest.outcome end as since
        from (
            select *, count(*) over () as total
            from ({_FILES}) as all_files
            where
                started_at >= %(started_at)s and started_at < %(ended_at)s and outcome in ('refused', 'failed')
            order by started_at desc, load_id desc
            limit %(limit)s
        ) as files
        left join lateral (
            select load_id, outcome from ({_FILES}) as same
            where same.scope = files.scope
            order by load_id desc
            limit 1
        ) as latest on true
        order by files.started_at desc, files.load_id desc
        """,  # noqa: S608 - our own text
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
    )
    return Troubled(rows, rows[0]["total"] if rows else 0)
