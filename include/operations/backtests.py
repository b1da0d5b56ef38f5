"""How models would have done at past origins: rows of `ops.backtests`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json

from include.warehouse import Connection


@dataclass(frozen=True)
class Backtest:
    """What was tested, and what came of it; errors in the unit of the target."""

    target: str
    model: str
    model_version: str
    first_origin_at: datetime
    last_origin_at: datetime
    every: timedelta
    history: str
    """`known`: what was known at each origin; `latest`: what is known now of what came before."""
    origins: int
    refused: int
    half_hours: int
    mae: float | None
    mase: float | None
    pinball: float | None
    coverage_pct: float | None
    mae_naive_day: float | None
    mae_naive_week: float | None
    skill: float | None
    by_lead: Sequence[Mapping[str, Any]]
    """The same measures of each lead bucket."""
    took_s: float


def keep(loader: Connection, tested: Backtest) -> None:
    """Keep a backtest. One transaction."""
    values = {**asdict(tested), "by_lead": Json(list(tested.by_lead))}
    statement = sql.SQL("insert into ops.backtests ({names}) values ({values})").format(
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    with loader, loader.cursor() as cursor:
        cursor.execute(statement, values)
