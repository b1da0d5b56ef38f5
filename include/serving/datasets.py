"""The datasets as their sources declare them to readers, and how old what is published of each is.

Every face reads it from here, so that none names a dataset, a table or a publisher of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include.warehouse import Connection

DECLARED = """
    select
        dataset as name, dag_id, publisher, publisher_title, publisher_url, attribution, licence, licence_url, title,
        published_table, time_column, measured_column, step, time_zone, warn_after, critical_after, last_known_at,
        to_regclass('analytics.' || quote_ident(published_table)) is not null as is_published,
        (
            select count(*) from ops.loads as load
            where
                load.dataset = declared.dataset
                and load.started_at > %(at)s - interval '1 day'
                and load.outcome = 'failed'
        ) as failed_loads
    from ops.datasets as declared
    where is_declared
    order by publisher, dataset
"""
DAY = timedelta(days=1)


class Freshness(StrEnum):
    """How old the newest period of a dataset is, by the dataset's own limits."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"


@dataclass(frozen=True)
class DeclaredDataset:
    """A dataset as readers know it, when it was last loaded, and the newest that is published of it."""

    name: str
    dag_id: str | None
    publisher: str
    publisher_title: str
    publisher_url: str
    attribution: str
    licence: str
    licence_url: str
    title: str
    published_table: str | None
    """In schema `analytics`; None where the dataset has no table of its own."""
    time_column: str | None
    measured_column: str | None
    step: timedelta | None
    time_zone: str | None
    warn_after: timedelta | None
    critical_after: timedelta | None
    last_known_at: datetime | None
    """When a load of it was last accepted; None where none ever was."""
    is_published: bool
    """Whether its table is there."""
    failed_loads: int
    """Loads of it that were begun in the day before and failed."""
    newest_at: datetime | None = None
    """Start of the newest period of its table that was measured and has begun; forecasts do not count."""

    @property
    def newest_ended_at(self) -> datetime | None:
        """End of the newest period; its start, where a period has no length."""
        if self.newest_at is None or self.step is None:
            return self.newest_at
        # Days last from midnight to midnight in their zone, which is 23 or 25 hours twice a year.
        zone = ZoneInfo(self.time_zone or "UTC") if self.step % DAY == timedelta() else UTC
        return (self.newest_at.astimezone(zone) + self.step).astimezone(UTC)

    def age(self, at: datetime) -> timedelta | None:
        """Return the time since the end of the newest period."""
        ended_at = self.newest_ended_at
        return None if ended_at is None else at - ended_at

    def freshness(self, at: datetime) -> Freshness | None:
        """Return how the age stands to the dataset's limits; None where it has no age or no limits."""
        age = self.age(at)
        if age is None or not (self.warn_after or self.critical_after):
            return None
        if self.critical_after and age >= self.critical_after:
            return Freshness.STALE
        return Freshness.LATE if self.warn_after and age >= self.warn_after else Freshness.FRESH


@dataclass(frozen=True, order=True)
class Attribution:
    """What a publisher's licence asks readers to be told."""

    text: str
    licence: str
    licence_url: str


def read_datasets(connection: Connection, at: datetime) -> list[DeclaredDataset]:
    """Return every declared dataset, by publisher and name, with its newest period as of an instant.

    Raises psycopg2.Error; psycopg2.errors.UndefinedTable where the warehouse was never migrated.
    """
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(DECLARED, {"at": at})
        rows = [dict(row) for row in cursor.fetchall()]
    timed = [row for row in rows if row["is_published"] and row["time_column"]]
    newest = dict(zip((row["name"] for row in timed), _newest(connection, timed, at), strict=True))
    return [DeclaredDataset(**row, newest_at=_instant(newest.get(row["name"]), row["time_zone"])) for row in rows]


def attributions(datasets: Iterable[DeclaredDataset]) -> list[Attribution]:
    """Return what the publishers of the datasets that were loaded ask to be told, each once."""
    loaded = (each for each in datasets if each.last_known_at is not None)
    return sorted({Attribution(each.attribution, each.licence, each.licence_url) for each in loaded})


def _newest(
    connection: Connection, timed: Sequence[dict[str, str | None]], at: datetime
) -> tuple[datetime | date | None, ...]:
    """Return the newest period of each table, all of them by one query."""
    if not timed:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select {}").format(sql.SQL(", ").join(map(_newest_of, timed))), {"at": at})
        [found] = cursor.fetchall()
    return tuple(found)


def _newest_of(row: dict[str, str | None]) -> sql.Composed:
    measured = sql.Identifier(row["measured_column"] or row["time_column"] or "")
    return sql.SQL("(select max({time}) from {table} where {time} <= %(at)s and {measured} is not null)").format(
        time=sql.Identifier(row["time_column"] or ""),
        table=sql.Identifier("analytics", row["published_table"] or ""),
        measured=measured,
    )


def _instant(newest: datetime | date | None, zone: str | None) -> datetime | None:
    """Return the instant a period begins at, where its column is a date: midnight in the dataset's zone."""
    if newest is None or isinstance(newest, datetime):
        return newest
    return datetime.combine(newest, time(), ZoneInfo(zone or "UTC")).astimezone(UTC)
