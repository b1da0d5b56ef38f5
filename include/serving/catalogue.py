"""Every dataset of every publisher, on every screen: what is held of it, how new that is, what failed, what drifted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg2.extras import RealDictCursor

from include.serving.coverage import Days, last_days
from include.serving.datasets import DeclaredDataset, Freshness, read_datasets
from include.settlement import LONDON
from include.warehouse import Connection

# The dashboard's page, and what its address calls a dataset.
PAGE, PICKED = "catalogue", "dataset"
# What its publisher has changed is loaded within a day at most: heavy datasets are loaded once a day.
WAITS_AT_MOST = timedelta(days=1)

_ENTRIES = """
    select
        entry.name, entry.code, coalesce(entry.title, entry.name) as title, entry.publisher, entry.publisher_title,
        entry.dag_id, entry.published_table, entry.is_usable, entry.reason, entry.last_updated_at,
        entry.discovered_at, entry.discovery_dag_id,
        coalesce(entry.rows_held, counted.rows_held) as rows_held,
        entry.loaded_at, entry.waiting_since,
        coalesce(amiss.finished_at, amiss.started_at) as failed_at,
        case when amiss.load_id is not null then coalesce(amiss.cause, 'the process was killed') end as cause,
        nullif(concat_ws('; ', entry.drift, added.told), '') as drift
    from ops.catalogue as entry
    -- The newest run that asked for it and has come to an end with it.
    left join lateral (
        select load.run_id, run.finished_at is not null as has_ended
        from ops.loads as load
        inner join ops.pipeline_runs as run on load.run_id = run.run_id
        where load.dataset = entry.dataset and (load.outcome <> 'loading' or run.finished_at is not null)
        order by load.started_at desc
        limit 1
    ) as newest on true
    left join lateral (
        select * from ops.loads as load
        where
            load.run_id = newest.run_id
            and load.dataset = entry.dataset
            and load.outcome in ('failed', 'refused', 'loading')
            and (load.outcome <> 'loading' or newest.has_ended)
        order by load.started_at desc
        limit 1
    ) as amiss on true
    -- Of what is kept by windows only its publisher's list is looked up with how many rows count.
    left join lateral (
        select sum(load.new - load.withdrawn)::bigint as rows_held
        from ops.loads as load
        where load.dataset = entry.dataset and entry.rows_held is null and not entry.is_kept_by_windows
    ) as counted on true
    left join lateral (
        select 'new: ' || string_agg(column_name, ', ' order by first_seen_at, column_name) as told
        from ops.schema_drift as drift
        where drift.dataset = entry.dataset and not exists (
            -- It has a column of its own by now.
            select from pg_catalog.pg_attribute as taken_in
            where
                taken_in.attrelid = to_regclass('analytics.' || quote_ident(entry.published_table))
                and replace(taken_in.attname, '_', '') = lower(replace(drift.column_name, '_', ''))
        )
    ) as added on true
    order by entry.publisher_title, coalesce(entry.code, entry.name)
"""


class State(StrEnum):
    """By what the catalogue can be narrowed down, as the address has it."""

    ALL = "all"
    FAILING = "failing"
    LATE = "late"
    DRIFT = "drift"
    NOTHING_HELD = "nothing-held"
    NOT_LOADED = "not-loaded"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A name of the catalogue, and how it stands."""

    name: str
    """The dataset; where none is loaded under it, the publisher's own name."""
    code: str | None
    """The publisher's own name, where that was looked up."""
    title: str
    publisher: str
    publisher_title: str
    dag_id: str | None
    published_table: str | None
    """In schema `analytics`."""
    is_usable: bool | None
    """Whether its publisher answers for it; None where that was not looked up."""
    reason: str | None
    """Why, or why not."""
    last_updated_at: datetime | None
    """When its publisher last changed it, where that was looked up."""
    discovered_at: datetime | None
    """When it was looked up."""
    discovery_dag_id: str | None
    """The DAG that looks it up; None where its publisher has no list."""
    rows_held: int | None
    loaded_at: datetime | None
    """When the newest load of it that came had ended; None where none ever came."""
    waiting_since: datetime | None
    """When its publisher changed what is not loaded yet, as far as that was looked up; None where all is loaded."""
    failed_at: datetime | None
    """When a load of the newest run failed; None where none of them did."""
    cause: str | None
    drift: str | None
    """In what it differs from what is known of it; None where it does not."""
    declared: DeclaredDataset | None = None
    """None where no source loads it."""
    days: Days = ()
    """How its last days stand; none where none of them was asked for."""

    @property
    def label(self) -> str:
        """What readers find it by: its publisher's own name, where that was looked up."""
        return self.code or self.name

    @property
    def is_held(self) -> bool:
        """Whether any load of it ever came."""
        return self.loaded_at is not None

    @property
    def is_failing(self) -> bool:
        """Whether the newest run brought not all of it."""
        return self.failed_at is not None

    def waiting(self, at: datetime) -> timedelta | None:
        """Return for how long its publisher has had something newer than what was loaded; None where it has not."""
        return None if self.waiting_since is None else at - self.waiting_since

    def age(self, at: datetime) -> timedelta | None:
        """Return the time since its newest period ended, else since it was loaded."""
        if self.loaded_at is None:
            return None
        of_period = self.declared.age(at) if self.declared else None
        return at - self.loaded_at if of_period is None else of_period

    def freshness(self, at: datetime) -> Freshness | None:
        """Return how it stands to its own limits, else to its publisher's last change; None where neither is known."""
        if self.declared is None or not self.is_held:
            return None
        by_limits = self.declared.freshness(at)
        if by_limits is not None or self.last_updated_at is None:
            return by_limits
        waiting = self.waiting(at)
        return Freshness.LATE if waiting is not None and waiting >= WAITS_AT_MOST else Freshness.FRESH

    def is_late(self, at: datetime) -> bool:
        """Tell whether it is older than it may be."""
        return self.freshness(at) in (Freshness.LATE, Freshness.STALE)

    def standing(self, at: datetime) -> str:
        """Return how new what is held of it is, in a word or two."""
        if self.declared is None:
            return "cannot be loaded"
        if not self.is_held:
            return "nothing held yet"
        freshness = self.freshness(at)
        if freshness is Freshness.FRESH and self.waiting_since is not None:
            return "update due"
        return freshness.value if freshness else "loaded"

    def needs_attention(self, at: datetime) -> bool:
        """Tell whether somebody should look at it."""
        return self.is_failing or self.drift is not None or self.is_late(at)

    def is_in(self, state: State, at: datetime) -> bool:
        """Tell whether a reader finds it who looks for a state."""
        return {
            State.ALL: True,
            State.FAILING: self.is_failing,
            State.LATE: self.is_late(at),
            State.DRIFT: self.drift is not None,
            State.NOTHING_HELD: self.declared is not None and not self.is_held,
            State.NOT_LOADED: self.declared is None or self.is_usable is False,
        }[state]


def read_catalogue(connection: Connection, at: datetime) -> list[Entry]:
    """Return every name of the catalogue, by publisher and name, as of an instant. Raises psycopg2.Error."""
    declared = {each.name: each for each in read_datasets(connection, at)}
    days = last_days(connection, at.astimezone(LONDON).date())
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(_ENTRIES)
        rows = cursor.fetchall()
    return [Entry(**row, declared=declared.get(row["name"]), days=days.get(row["name"], ())) for row in rows]
