"""What readers see of a dataset that no model is made of: a view of the rows in raw that are published, no copy.

Its columns have the names of the record; `known_at` is when we learned of a row.
"""

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from include.ingestion.columns import columns
from include.ingestion.dataset import Dataset, Storage

# The latest version of each key that is published, unless the row was withdrawn.
_VERSIONS = """
    select {columns}, version.known_at
    from {raw} as version
    where
        version.version_id <= {published}
        and version.{revised_by} is not null
        and not exists (
            select from {raw} as later
            where {same_key} and later.version_id > version.version_id and later.version_id <= {published}
        )
"""
_WINDOWS = """
    select {columns}, answer.known_at
    from {raw} as version
    inner join ops.readable_windows as answer
        on answer.release = {release} and answer.dataset = {dataset} and answer.version_id = version.version_id
    where answer.is_published
"""
_PUBLISHED = "(select published_version_id from ops.watermarks where release = {release} and dataset = {dataset})"


def show_published(cursor: Cursor, release: str, dataset: Dataset) -> None:
    """Make the view of what a release has published of a dataset, as the role whose tables readers may read."""
    if dataset.shown is None:
        raise ValueError(f"{dataset.name} is shown to nobody")
    view = sql.Identifier("analytics", dataset.shown.table)
    names = [each.name for each in columns(dataset.record)]
    cursor.execute("set local role gridloom_transformer")
    if _view_columns(cursor, dataset.shown.table) not in ([], [*names, "known_at"]):
        cursor.execute(sql.SQL("drop view {}").format(view))
    cursor.execute(sql.SQL("create or replace view {} as {}").format(view, _definition(release, dataset, names)))
    cursor.execute(sql.SQL("comment on view {} is {}").format(view, sql.Literal(_description(dataset))))
    cursor.execute("reset role")


def _definition(release: str, dataset: Dataset, names: list[str]) -> sql.Composed:
    of = {"release": sql.Literal(release), "dataset": sql.Literal(dataset.name)}
    same = [
        sql.SQL("later.{0} is not distinct from version.{0}" if each.is_nullable else "later.{0} = version.{0}").format(
            sql.Identifier(each.name)
        )
        for each in dataset.key_columns
    ]
    return sql.SQL(_WINDOWS if dataset.storage is Storage.REPLACED_WINDOWS else _VERSIONS).format(
        columns=sql.SQL(", ").join(sql.Identifier("version", name) for name in names),
        raw=dataset.identifier,
        published=sql.SQL(_PUBLISHED).format(**of),
        revised_by=sql.Identifier(dataset.revised_by),
        same_key=sql.SQL(" and ").join(same),
        **of,
    )


def _view_columns(cursor: Cursor, name: str) -> list[str]:
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 order by attnum",
        (f"analytics.{name}",),
    )
    return [name for (name,) in cursor.fetchall()]


def _description(dataset: Dataset) -> str:
    key = ", ".join(dataset.key)
    return f"{dataset.title}, as {dataset.publisher.title} publishes it: the latest of each row. One row per {key}."
