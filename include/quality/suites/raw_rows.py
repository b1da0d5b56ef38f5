"""Raw: the pending rows of a dataset that readers see as it is: keys, windows, types and counts, as one row of counts.

Each must be zero. To hand over every row would take as long as to load it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from include.quality.asked import asked_spans, published_version
from include.quality.bounds import between
from include.quality.subject import Check, Subject


@dataclass(frozen=True)
class RawRows:
    """What is to be known of a dataset: names of columns, and their types in PostgreSQL."""

    dataset: str
    release: str
    run_id: int
    key: tuple[str, ...]
    types: Mapping[str, str]
    """Of all columns that are published."""
    nullable: frozenset[str]
    window_column: str | None
    """By which it is asked for; None where all there is is asked for."""
    is_by_day: bool
    """Whether the window column is a settlement date rather than an instant."""
    is_by_window: bool
    """Whether raw keeps the last answer of each window rather than versions."""


def raw_rows(rows: RawRows) -> Subject:
    """Return the counts of what is wrong with the pending rows, and that each is none."""
    return Subject(
        suite=f"raw.{rows.dataset}",
        table=f"raw.{rows.dataset}",
        key=("pending_rows",),
        query=_of_windows(rows) if rows.is_by_window else _of_versions(rows),
        checks=(*(CHECKS_OF_WINDOWS if rows.is_by_window else CHECKS_OF_VERSIONS), TYPES),
        datasets=(rows.dataset,),
    )


def _none(name: str, column: str, *, says: str, because: str) -> Check:
    return between(name, column, 0, 0, says=says, because=because)


TYPES = _none(
    "columns_have_their_types",
    "columns_of_another_type",
    says="each column has the type that its source declares",
    because="The migration makes them; a difference means that somebody changed the table by hand.",
)
IN_WINDOW = _none(
    "rows_lie_in_their_windows",
    "rows_outside",
    says="each row lies in a window that was asked for",
    because="The publisher ignores parameters that it does not know, and answers with what is newest.",
)
COUNTED = _none(
    "rows_are_counted",
    "rows_uncounted",
    says="raw has as many rows as the loads say that they brought",
    because="Both are written in one transaction; a difference means that rows were lost or added by others.",
)
CHECKS_OF_VERSIONS = (
    _none(
        "versions_differ",
        "versions_repeated",
        says="a version differs from the one before it",
        because="A version is added only where the content changed; a withdrawal only where something was held.",
    ),
    _none(
        "keys_are_whole",
        "keys_with_nulls",
        says="no part of a key is null but where that is known to happen",
        because="A row without its key could not be told from others.",
    ),
    IN_WINDOW,
    COUNTED,
)
CHECKS_OF_WINDOWS = (
    _none(
        "keys_are_unique",
        "months_without_key",
        says="each month has the unique index by which no key comes twice in one answer",
        because="Of many datasets the key is a guess, which is proven on every answer.",
    ),
    IN_WINDOW,
    COUNTED,
    _none(
        "windows_are_whole",
        "rows_short",
        says="a window has as many rows as the publisher says that it holds of it",
        because="A short answer never passes for a whole one; the publisher counts rows by settlement period.",
    ),
)


def _wrong_types(rows: RawRows) -> str:
    declared = ", ".join(f"('{name}', '{_in_catalogue(kind)}')" for name, kind in rows.types.items())
    return f"""(
        select count(*)
        from (values {declared}) as declared (name, type)
        left join pg_catalog.pg_attribute as held
            on
                held.attrelid = 'raw.{rows.dataset}'::regclass
                and held.attname = declared.name
                and not held.attisdropped
        where format_type(held.atttypid, held.atttypmod) is distinct from declared.type
    )"""  # noqa: S608 - names of ours


def _in_catalogue(kind: str) -> str:
    return "timestamp with time zone" if kind == "timestamptz" else kind


def _of_versions(rows: RawRows) -> str:
    pending = f"version_id > {published_version(rows.dataset, rows.release)}"
    same = " and ".join(
        f"earlier.{name} {'is not distinct from' if name in rows.nullable else '='} version.{name}" for name in rows.key
    )
    must = ", ".join(f"version.{name}" for name in rows.key if name not in rows.nullable)
    column = rows.window_column and f"version.{rows.window_column}"
    within = _within(column, "span.started_at", "span.ended_at", is_by_day=rows.is_by_day)
    in_window = f"exists (select from span where {within})" if column else "true"
    return f"""
        with span as materialized ({asked_spans(rows.dataset, rows.release)}),

        version as (
            select version.*, before.content_hash as hash_before, before.known_at as known_before
            from raw.{rows.dataset} as version
            left join lateral (
                select earlier.content_hash, earlier.known_at
                from raw.{rows.dataset} as earlier
                where {same} and earlier.version_id < version.version_id
                order by earlier.version_id desc
                limit 1
            ) as before on true
            where version.{pending}
        )

        select
            count(*) as pending_rows,
            count(*) filter (where version.content_hash is not distinct from version.hash_before) as versions_repeated,
            count(*) filter (where num_nulls({must}) > 0) as keys_with_nulls,
            count(*) filter (
                where version.content_hash is not null and not {in_window}
            ) as rows_outside,
            {_uncounted(rows, pending)} as rows_uncounted,
            {_wrong_types(rows)} as columns_of_another_type
        from version
    """  # noqa: S608 - names of ours


def _uncounted(rows: RawRows, pending: str) -> str:
    """Return SQL for how many versions a run added more than it counted."""
    counted = f"""(
        select coalesce(sum(new + revised + withdrawn), 0)::bigint from ops.loads
        where run_id = {rows.run_id} and dataset = '{rows.dataset}'
    )"""  # noqa: S608
    added = f"(select count(*) from raw.{rows.dataset} where run_id = {rows.run_id}"  # noqa: S608
    # The history is read only where another run has published these versions meanwhile.
    return f"case when {added} and {pending}) = {counted} then 0 else abs({added}) - {counted}) end"


def _of_windows(rows: RawRows) -> str:
    column, start, end = f"version.{rows.window_column}", "lower(load.covers)", "upper(load.covers)"
    within = _within(column, start, end, is_by_day=rows.is_by_day)
    near = _within(column, f"{start} - interval '1 day'", f"{end} + interval '1 day'", is_by_day=rows.is_by_day)
    return f"""
        select
            coalesce(sum(held.rows), 0)::bigint as pending_rows,
            {_unproven_months(rows)} as months_without_key,
            coalesce(sum(held.rows_outside), 0)::bigint as rows_outside,
            coalesce(sum(abs(held.rows - load.rows_held)), 0)::bigint as rows_uncounted,
            coalesce(sum(greatest(load.source_count - held.rows, 0)), 0)::bigint as rows_short,
            {_wrong_types(rows)} as columns_of_another_type
        from ops.loads as load
        cross join lateral (
            select count(*) as rows, count(*) filter (where not ({within})) as rows_outside
            from raw.{rows.dataset} as version
            where version.version_id = load.version_id and {near}
        ) as held
        where load.dataset = '{rows.dataset}' and load.version_id > {published_version(rows.dataset, rows.release)}
    """  # noqa: S608


def _unproven_months(rows: RawRows) -> str:
    """Return SQL for how many months of a table lack the index by which no key comes twice in an answer."""
    return f"""(
        select count(*) from pg_catalog.pg_inherits as month
        where
            month.inhparent = 'raw.{rows.dataset}'::regclass
            and not exists (
                select from pg_catalog.pg_index as proof
                where proof.indrelid = month.inhrelid and proof.indisunique and proof.indisvalid
            )
    )"""  # noqa: S608


def _within(column: str | None, start: str, end: str, *, is_by_day: bool) -> str:
    if column is None:
        return "true"
    if not is_by_day:
        return f"{column} >= {start} and {column} < {end}"
    london = "at time zone 'Europe/London'"
    return f"{column} >= (({start}) {london})::date and {column} < (({end}) {london})::date"
