"""What a warehouse of a test says, as those who read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from include.deployment import Deployment
from include.warehouse import Role

Rows = list[tuple[Any, ...]]


class Asking:
    """Asks the warehouse at `place`."""

    place: Deployment

    def query(self, statement: str, *values: Any, role: Role = Role.TRANSFORMER) -> Rows:
        """Rows of a query."""
        with self.cursor(role) as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def as_analyst(self, statement: str, *values: Any) -> Rows:
        """Rows of a query, as the analyst."""
        return self.query(statement, *values, role=Role.ANALYST)

    @contextmanager
    def cursor(self, role: Role) -> Iterator[Any]:
        """A cursor of a session and a transaction of its own."""
        with self.place.session(role) as connection, connection, connection.cursor() as cursor:
            yield cursor
