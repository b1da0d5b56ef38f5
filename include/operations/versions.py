"""How far each release has built and published what it reads: its rows of `ops.watermarks`, one per dataset.

Pending are all keys with a version after the last one that the release has published, whichever run brought it. A
build reads versions up to a bound that is fixed at its start, so that all models of it see one state of `raw`. A long
backlog is built in slices of versions, in their order. A release that follows others is bound by what these have
published, since it reads their tables of `analytics`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extras import Json

from include.warehouse import Connection, fetch_value

# As how many versions an answer counts in a slice of a dataset that is kept by windows: it is a day of units.
ROWS_OF_AN_ANSWER = 100_000


class Reader(Protocol):
    """What reads versions: a release, by its name, with what it reads and the releases that it follows."""

    @property
    def name(self) -> str:
        """Key in `ops.watermarks`."""

    @property
    def dataset_names(self) -> Sequence[str]:
        """The datasets it reads by itself, unless a release that it follows reads them."""

    @property
    def follows(self) -> Sequence[str]:
        """Releases whose published versions bound what it reads: all that these read, or what it names of that."""


def create_watermarks(owner: Connection, releases: Iterable[Reader]) -> None:
    """Give each release a row for each dataset that it reads or that those it follows read; take all others away.

    A release that is new begins before the first version. One transaction.
    """
    declared = {release.name: release for release in releases}
    rows = [row for release in declared.values() for row in _rows(release, declared)]
    with owner, owner.cursor() as cursor:
        for row in rows:
            cursor.execute(
                """
                insert into ops.watermarks (release, dataset, follows, reads_tables) values (%s, %s, %s, %s)
                on conflict (release, dataset) do update set
                    follows = excluded.follows, reads_tables = excluded.reads_tables
                """,
                row,
            )
        # What nobody publishes would be pending for ever.
        cursor.execute(
            "delete from ops.watermarks where (release, dataset) not in (select * from unnest(%s::text[], %s::text[]))",
            ([release for release, *_ in rows], [dataset for _, dataset, *_ in rows]),
        )


def has_pending(connection: Connection, release: str) -> bool:
    """Tell whether a release has versions to build and publish."""
    with connection:
        return bool(_pending(connection, release))


def pending_datasets(connection: Connection, release: str) -> frozenset[str]:
    """Return the datasets of which a release has versions to build and publish."""
    with connection:
        return frozenset(_pending(connection, release))


def is_awaited(connection: Connection, dataset: str) -> bool:
    """Tell whether a release that reads a dataset by itself has versions of it to build and publish."""
    statement = "select min(published_version_id) from ops.watermarks where dataset = %s and follows = '[]'"
    with connection:
        published = fetch_value(connection, statement, (dataset,))
        return published is not None and _newest_version(connection, dataset) > int(published)


def begin_build(connection: Connection, release: str, most_versions: int | None = None) -> int:
    """Fix up to which version the next build reads each dataset, and begin it; return the build's number.

    At most so many versions are in its first slice. What an earlier build left half done is built again. One
    transaction.
    """
    with connection, connection.cursor() as cursor:
        build_id = int(fetch_value(connection, "select nextval('ops.build_id')"))
        _lock(connection, release)
        for dataset, follows in _read_by(connection, release):
            cursor.execute(
                """
                update ops.watermarks
                set
                    build_id = %s,
                    built_version_id = published_version_id,
                    bound_version_id = greatest(published_version_id, %s)
                where release = %s and dataset = %s
                """,
                (build_id, _bound(connection, dataset, follows), release, dataset),
            )
        _take_slice(connection, release, most_versions)
    return build_id


def next_slice(connection: Connection, release: str, build_id: int, most_versions: int | None = None) -> bool:
    """Let the build go on with the versions that come after those it has built; return whether there are any.

    After the last slice, all that is not published counts as pending, for checks and publishing. Nothing is left to do
    for a build after which another one began. One transaction.
    """
    with connection, connection.cursor() as cursor:
        if not is_current(connection, release, build_id):
            return False
        cursor.execute(
            "select from ops.watermarks where release = %s and built_version_id < bound_version_id", (release,)
        )
        if cursor.rowcount:
            _take_slice(connection, release, most_versions)
            return True
        cursor.execute(
            "update ops.watermarks set pending_after_version_id = published_version_id where release = %s", (release,)
        )
        return False


def is_current(connection: Connection, release: str, build_id: int) -> bool:
    """Lock the release's rows for the caller's transaction; tell whether no other build came after this one."""
    return all(current == build_id for current in _lock(connection, release))


def pending_versions(connection: Connection, release: str, dataset: str) -> tuple[int, int]:
    """Return the last version that a release has published of a dataset, and the last one that its build has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select published_version_id, built_version_id from ops.watermarks where release = %s and dataset = %s",
            (release, dataset),
        )
        published, built = cursor.fetchall()[0]
        return published, built


def pending_loads(connection: Connection, release: str) -> dict[str, dict[str, int]]:
    """Return what the loads brought of each dataset that the current build publishes, within the caller's transaction:
    rows published, new, revised and withdrawn."""
    brought: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select dataset, published_version_id, built_version_id from ops.watermarks
            where release = %s and built_version_id > published_version_id order by dataset
            """,
            (release,),
        )
        for dataset, published, built in cursor.fetchall():
            # Of versions, the loads are known by their instant.
            cursor.execute(
                sql.SQL(
                    """
                    select coalesce(sum(new + revised), 0), coalesce(sum(new), 0), coalesce(sum(revised), 0),
                        coalesce(sum(withdrawn), 0)
                    from ops.loads
                    where dataset = %(dataset)s and {pending}
                    """
                ).format(pending=_pending_loads(cursor, dataset)),
                {"dataset": dataset, "published": published, "built": built},
            )
            [counts] = cursor.fetchall()
            names = ("rows_published", "rows_new", "rows_revised", "rows_withdrawn")
            brought[dataset] = dict(zip(names, map(int, counts), strict=True))
    return brought


def _pending_loads(cursor: Cursor, dataset: str) -> sql.Composable:
    """Return the condition on loads that brought what is pending: by the number of their answer, or their instant."""
    cursor.execute("select relkind = 'p' from pg_catalog.pg_class where oid = %s::regclass", (f"raw.{dataset}",))
    [(is_kept_by_windows,)] = cursor.fetchall()
    if is_kept_by_windows:
        return sql.SQL("version_id > %(published)s and version_id <= %(built)s")
    return sql.SQL(
        """known_at in (
            select known_at from {} where version_id > %(published)s and version_id <= %(built)s
        )"""
    ).format(sql.Identifier("raw", dataset))


def mark_published(connection: Connection, release: str, *, but_not: Collection[str] = ()) -> None:
    """Move the watermarks to what the current build has read, within the caller's transaction.

    Those of datasets in `but_not` stay where they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.watermarks
            set published_version_id = built_version_id, pending_after_version_id = built_version_id
            where release = %s and dataset <> all(%s)
            """,
            (release, list(but_not)),
        )


def drop_superseded(connection: Connection, release: str) -> int:
    """Delete what a release reads of replaced windows and what does not count any more; return how many rows.

    What any other release reads too stays until that one has published what took its place. One transaction.
    """
    statement = """
        select coalesce(sum(ops.drop_superseded(dataset)), 0)
        from ops.watermarks
        where release = %s and dataset in (select dataset from ops.superseded_windows)
    """
    with connection:
        return int(fetch_value(connection, statement, (release,)))


def forget_published(connection: Connection, release: str) -> None:
    """Make every key pending again, so that the next run builds, checks and publishes the whole history."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "update ops.watermarks set published_version_id = 0, pending_after_version_id = 0 where release = %s",
            (release,),
        )


def have_settings_changed(connection: Connection, release: str, values: Mapping[str, str]) -> bool:
    """Tell whether settings that a release's models read are others than those it was built with."""
    return _built_with(connection, release) not in ({}, dict(values))


def note_settings(transformer: Connection, release: str, values: Mapping[str, str]) -> None:
    """Keep the settings that a release's models read; where they have changed, its whole history is pending."""
    if _built_with(transformer, release) == dict(values):
        return
    with transformer, transformer.cursor() as cursor:
        for name, value in values.items():
            cursor.execute(
                """
                insert into ops.release_settings (release, name, value) values (%s, %s, %s)
                on conflict (release, name) do update set value = excluded.value
                """,
                (release, name, value),
            )
    forget_published(transformer, release)


def _built_with(connection: Connection, release: str) -> dict[str, str]:
    with connection, connection.cursor() as cursor:
        cursor.execute("select name, value from ops.release_settings where release = %s", (release,))
        return dict(cursor.fetchall())


def readable_until(connection: Connection, release: str, dataset: str) -> int:
    """Return the last version that a release may read of a dataset as of now, within the caller's transaction."""
    [follows] = [follows for name, follows in _read_by(connection, release) if name == dataset]
    return _bound(connection, dataset, follows)


def _rows(release: Reader, declared: dict[str, Reader]) -> list[tuple[str, str, Json, bool]]:
    followed = {name: declared[name].dataset_names for name in release.follows}
    datasets = release.dataset_names or dict.fromkeys(each for names in followed.values() for each in names)
    return [
        (
            release.name,
            dataset,
            Json([name for name, names in followed.items() if dataset in names]),
            not release.dataset_names,
        )
        for dataset in datasets
    ]


def _lock(connection: Connection, release: str) -> list[int | None]:
    """Lock the release's rows for the caller's transaction; return the build that each of them names."""
    with connection.cursor() as cursor:
        cursor.execute("select build_id from ops.watermarks where release = %s order by dataset for update", (release,))
        return [build_id for (build_id,) in cursor.fetchall()]


def _take_slice(connection: Connection, release: str, most_versions: int | None) -> None:
    """Let models take up the versions after those that are built: at most so many, of one dataset after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with unbuilt as (
                select
                    dataset,
                    bound_version_id - built_version_id as versions,
                    case when relation.relkind = 'p' then %(rows_of_an_answer)s else 1 end as rows_of_a_version
                from ops.watermarks
                left join pg_catalog.pg_class as relation on relation.oid = to_regclass('raw.' || quote_ident(dataset))
                where release = %(release)s
            ),

            waiting as (
                select
                    *,
                    coalesce(
                        sum(versions * rows_of_a_version)
                        over (order by dataset rows between unbounded preceding and 1 preceding), 0
                    ) as rows_before
                from unbuilt
            )

            update ops.watermarks as watermark
            set
                pending_after_version_id = watermark.built_version_id,
                built_version_id = watermark.built_version_id + greatest(
                    least(
                        waiting.versions,
                        floor((%(most_versions)s - waiting.rows_before) / waiting.rows_of_a_version)::bigint
                    ),
                    -- One answer may be more than a slice.
                    case when waiting.rows_before = 0 then least(waiting.versions, 1) else 0 end
                )
            from waiting
            where watermark.release = %(release)s and watermark.dataset = waiting.dataset
            """,
            # Without a limit, least() passes over the null.
            {"release": release, "most_versions": most_versions, "rows_of_an_answer": ROWS_OF_AN_ANSWER},
        )


def _pending(connection: Connection, release: str) -> list[str]:
    """Return the datasets; none as long as there is a table missing that a release which it follows publishes."""
    if _is_ahead_of_others(connection, release):
        return []
    return [
        dataset
        for dataset, follows in _read_by(connection, release)
        if _bound(connection, dataset, follows) > _published_version(connection, release, dataset)
    ]


def _is_ahead_of_others(connection: Connection, release: str) -> bool:
    """Tell whether a release reads tables of one that has not published anything yet."""
    statement = """
        select exists (
            select
            from ops.watermarks as watermark
            cross join jsonb_array_elements_text(watermark.follows) as followed
            where watermark.release = %s and watermark.reads_tables and not exists (
                select from ops.watermarks as other where other.release = followed and other.published_version_id > 0
            )
        )
    """
    return bool(fetch_value(connection, statement, (release,)))


def _read_by(connection: Connection, release: str) -> list[tuple[str, list[str]]]:
    """Return the datasets that a release reads, each with the releases it follows there."""
    with connection.cursor() as cursor:
        cursor.execute("select dataset, follows from ops.watermarks where release = %s order by dataset", (release,))
        return cursor.fetchall()


def _bound(connection: Connection, dataset: str, follows: Sequence[str]) -> int:
    """Return the last version that a release may read of a dataset."""
    if not follows:
        return _newest_version(connection, dataset)
    published = "select min(published_version_id) from ops.watermarks where dataset = %s and release = any(%s)"
    return int(fetch_value(connection, published, (dataset, list(follows))))


def _newest_version(connection: Connection, dataset: str) -> int:
    table = sql.Identifier("raw", dataset)
    return int(fetch_value(connection, sql.SQL("select coalesce(max(version_id), 0) from {}").format(table)))


def _published_version(connection: Connection, release: str, dataset: str) -> int:
    statement = "select published_version_id from ops.watermarks where release = %s and dataset = %s"
    return int(fetch_value(connection, statement, (release, dataset)))
