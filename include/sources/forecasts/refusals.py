"""Why forecasts were not made: rows of `ops.forecast_refusals`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extras import execute_values

from include.warehouse import Connection


@dataclass(frozen=True)
class Refusal:
    """Why there is no forecast: of a target, whatever the model; by a model, whatever the target; or of one by one."""

    because: str
    target: str | None = None
    model: str | None = None

    def __str__(self) -> str:
        return f"{' by '.join(filter(None, (self.target, self.model)))}: {self.because}"


def keep(loader: Connection, run_id: int, origin_at: datetime, refused: Sequence[Refusal]) -> None:
    """Keep why forecasts for an origin were not made; what is kept of it already stays as it is. One transaction."""
    rows = [(origin_at, each.target, each.model, each.because, run_id) for each in refused]
    with loader, loader.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.forecast_refusals (origin_at, target, model, because, run_id) values %s
            on conflict (origin_at, target, model) do nothing
            """,
            rows,
        )
