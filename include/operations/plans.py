"""What a run of many datasets has set out to load: `plan` of its row in `ops.pipeline_runs`."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg2.extras import Json

from include.warehouse import Connection


class Piece(NamedTuple):
    """A scope of a dataset, and when its publisher says that it was last changed."""

    dataset: str
    scope: str
    edition: str | None


def keep(connection: Connection, run_id: int, plan: Sequence[Piece]) -> None:
    """Keep a run's plan; a try that is repeated replaces it."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set plan = %s where run_id = %s", (Json(plan), run_id))


def of_run(connection: Connection, run_id: int) -> list[Piece] | None:
    """Return a run's plan, or None where it has made none."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select plan from ops.pipeline_runs where run_id = %s", (run_id,))
        [(plan,)] = cursor.fetchall()
    return None if plan is None else [Piece(*each) for each in plan]
