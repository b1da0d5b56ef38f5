"""The raw table of each dataset, and its row of `ops.datasets`: both follow from what the source declares."""

from collections.abc import Collection, Iterable, Sequence

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extras import Json

from include.ingestion.columns import Column
from include.ingestion.dataset import Dataset, Storage
from include.ingestion.published_view import show_published
from include.warehouse import Connection

_VERSION_ID = Column("version_id", "", "integer", is_nullable=False)
# Bytes to which PostgreSQL aligns them.
_WIDTHS = {
    **dict.fromkeys(("timestamptz", "bigint", "double precision", "time"), 8),
    **dict.fromkeys(("integer", "date"), 4),
    "smallint": 2,
    "boolean": 1,
}
_SHOWN = ("time_column", "measured_column", "step", "time_zone", "warn_after", "critical_after")


def create_tables(owner: Connection, datasets: Iterable[tuple[str, Dataset]]) -> None:
    """Make the raw tables that are not there, and write what is declared into `ops.datasets`. One transaction.

    Each dataset comes after the id of the DAG that loads it. Fields that are new get a column.
    """
    with owner, owner.cursor() as cursor:
        cursor.execute("update ops.datasets set is_declared = false where is_declared")
        for dag_id, dataset in datasets:
            held = _columns(cursor, dataset)
            cursor.execute(_definition(dataset))
            if held and dataset.is_typed:
                _add_columns(cursor, dataset, held)
            _declare(cursor, dag_id, dataset)
            if dataset.shown and dataset.shown.is_view:
                show_published(cursor, dag_id, dataset)


def _columns(cursor: Cursor, dataset: Dataset) -> set[str]:
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (dataset.table,),
    )
    return {name for (name,) in cursor.fetchall()}


def _add_columns(cursor: Cursor, dataset: Dataset, held: Collection[str]) -> None:
    """Rows that came before have nothing in a new column; what came of it meanwhile stands in their `_extra`."""
    for each in dataset.content_columns:
        if each.name not in held:
            cursor.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    dataset.identifier, sql.Identifier(each.name), sql.SQL(each.sql_type)
                )
            )


def _declare(cursor: Cursor, dag_id: str, dataset: Dataset) -> None:
    """Write what readers are told of a dataset into its row of `ops.datasets`."""
    publisher, shown = dataset.publisher, dataset.shown
    declared = {
        "dataset": dataset.name,
        "dag_id": dag_id,
        "publisher": publisher.name,
        "publisher_title": publisher.title,
        "publisher_url": publisher.url,
        "attribution": publisher.attribution,
        "licence": publisher.licence,
        "licence_url": publisher.licence_url,
        "title": dataset.title,
        "is_personal": dataset.is_personal,
        "person_column": dataset.person,
        "instant_column": dataset.window_column,
        "told_in": Json([each._asdict() for each in dataset.told_in]),
        "is_declared": True,
        "published_table": shown and shown.table,
        **{name: shown and getattr(shown, name) for name in _SHOWN},
    }
    names = list(map(sql.Identifier, declared))
    statement = sql.SQL(
        """
        insert into ops.datasets ({names}) values ({values})
        on conflict (dataset) do update set ({names}) = row ({excluded})
        """
    ).format(
        names=sql.SQL(", ").join(names),
        values=sql.SQL(", ").join(map(sql.Placeholder, declared)),
        excluded=sql.SQL(", ").join(sql.SQL("excluded.{}").format(name) for name in names),
    )
    cursor.execute(statement, declared)


def _definition(dataset: Dataset) -> sql.Composed:
    makers = {
        Storage.PAYLOAD_VERSIONS: _payload_versions,
        Storage.TYPED_VERSIONS: _typed_versions,
        Storage.REPLACED_WINDOWS: _replaced_windows,
    }
    return makers[dataset.storage](dataset)


def _payload_versions(dataset: Dataset) -> sql.Composed:
    table = dataset.identifier
    published = sql.SQL("payload jsonb,")
    comment = sql.SQL(
        "comment on column {}.payload is 'The record as published; null where the publisher withdrew it.';"
    ).format(table)
    return _versions(dataset, published) + comment


def _typed_versions(dataset: Dataset) -> sql.Composed:
    """Columns of the content may all be null: they are where the publisher withdrew the row."""
    published = _listed(dataset.content_columns, nullable=True) + sql.SQL("_extra jsonb,")
    comment = sql.SQL("comment on column {}._extra is 'Columns that the publisher added since; null for none.';")
    return _versions(dataset, published) + comment.format(dataset.identifier)


def _versions(dataset: Dataset, published: sql.Composable) -> sql.Composed:
    """No row refers to its run by a foreign key: that is half of a load's time, and `ops.loads` has it."""
    return sql.SQL(
        """
        create table if not exists {table} (
            {key_columns}
            {published}
            {content_hash}
            known_at timestamptz not null,
            run_id bigint not null,
            version_id bigint generated always as identity primary key
        );
        create {unique} index if not exists {index} on {table} ({indexed});
        comment on table {table} is 'Every version as published, append-only, one row per key and version.';
        {comment_on_hash}
        comment on column {table}.known_at is 'When we learned it: one instant per load, later than all before.';
        """
    ).format(
        table=dataset.identifier,
        key_columns=_listed(dataset.key_columns),
        published=published,
        content_hash=sql.SQL("content_hash bytea," if dataset.is_hashed else ""),
        comment_on_hash=_comment_on_hash(dataset),
        unique=sql.SQL("unique" if dataset.is_final else ""),
        # A row that never changes has one version.
        indexed=sql.SQL(", ").join(
            map(sql.Identifier, dataset.key if dataset.is_final else (*dataset.key, "version_id"))
        ),
        index=sql.Identifier(f"{dataset.name}_key"),
    )


def _comment_on_hash(dataset: Dataset) -> sql.Composable:
    said = "Of the typed values; null where the publisher withdrew the row."
    statement = "comment on column {}.content_hash is {};" if dataset.is_hashed else ""
    return sql.SQL(statement).format(dataset.identifier, sql.Literal(said))


def _replaced_windows(dataset: Dataset) -> sql.Composed:
    """A table by months, which `ops.ensure_partition` makes, and a view of the rows that count."""
    nulls = sql.SQL(" nulls not distinct" if any(each.is_nullable for each in dataset.key_columns) else "")
    return sql.SQL(
        """
        create table if not exists {table} (
            {columns}
            _extra jsonb
        ) partition by range ({window_column});
        create unique index if not exists {index} on {table} ({key}, version_id){nulls};
        comment on table {table} is 'Rows of every answer that has not been dropped yet, one row per key and answer.';
        comment on column {table}._extra is 'Columns that the publisher added since; null for none.';
        comment on column {table}.version_id is 'Number of the answer that brought it; ops.loads has those that count.';
        create or replace view {view} as
        select row.*, load.known_at, load.run_id
        from {table} as row
        inner join ops.loads as load on load.dataset = {name} and load.version_id = row.version_id;
        comment on view {view} is 'The rows that count: of each window those of its last answer, one row per key.';
        """
    ).format(
        table=dataset.identifier,
        columns=_listed(_packed((*dataset.key_columns, *dataset.content_columns, _VERSION_ID))),
        window_column=sql.Identifier(str(dataset.window_column)),
        index=sql.Identifier(f"{dataset.name}_key"),
        key=sql.SQL(", ").join(map(sql.Identifier, dataset.key)),
        nulls=nulls,
        view=sql.Identifier("raw", f"{dataset.name}_held"),
        name=sql.Literal(dataset.name),
    )


def _packed(columns: Sequence[Column]) -> list[Column]:
    """Return columns in an order in which a row has no gaps: the widest first, what is of any length last."""
    return sorted(columns, key=lambda each: -_WIDTHS.get(each.sql_type, 0))


def _listed(columns: Sequence[Column], *, nullable: bool = False) -> sql.Composable:
    return sql.Composed(
        sql.SQL("{} {}{},").format(
            sql.Identifier(each.name),
            sql.SQL(each.sql_type),
            sql.SQL("" if nullable or each.is_nullable else " not null"),
        )
        for each in columns
    )
