"""The views of releases, which are built when the dbt project has changed and not with every build."""

import logging
from collections.abc import Collection, Iterable
from pathlib import Path

from include.operations.versions import Reader
from include.transformation.dbt import PROJECT, Dbt, checksum
from include.warehouse import Connection

log = logging.getLogger(__name__)


def build_changed_views(transformer: Connection, dbt: Dbt, releases: Collection[str]) -> bool:
    """Build the views of those releases for which it was not done yet; return whether there were any.

    The caller holds the build slot. Raises DbtFailedError.
    """
    checksum = project_checksum()
    changed = releases_to_build(transformer, releases, checksum)
    if not changed:
        return False
    log.info("the views of %s are built", ", ".join(changed))
    dbt.build_views(changed).raise_for_failure()
    with transformer, transformer.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.built_views (release, checksum, built_at) values (%s, %s, clock_timestamp())
            on conflict (release) do update set checksum = excluded.checksum, built_at = excluded.built_at
            """,
            [(release, checksum) for release in changed],
        )
    return True


def releases_to_build(connection: Connection, releases: Collection[str], checksum: str) -> list[str]:
    """Return those releases whose views were last built of another state of the project, or never."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select release from ops.built_views where checksum = %s", (checksum,))
        built = {release for (release,) in cursor.fetchall()}
    return [release for release in releases if release not in built]


def releases_of_raw(releases: Iterable[Reader]) -> list[str]:
    """Return the releases whose views can be built before anything is published: those that name what they read."""
    return [release.name for release in releases if release.dataset_names]


def project_checksum(project: Path = PROJECT) -> str:
    """Return what changes with the project's models and macros: a view may change with either."""
    return checksum("models", "macros", project=project)
