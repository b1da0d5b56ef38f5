"""dlt to PostgreSQL: its own retrying client, merge by primary key, a Pydantic model as contract, bad rows discarded.

https://dlthub.com/docs/general-usage/merge-loading · https://dlthub.com/docs/general-usage/schema-contracts
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import dlt
from dlt.sources.helpers.requests import Client
from pydantic import BaseModel, Field, create_model, field_validator

from benchmarks.peers.columns import MEASURES, TRANSPORT, limit, statement

TIMEOUT_S = 20.0
READ = "select datetime, {columns} from neso.generation_mix"
# New columns are let in, as the platform lets them in; a row that breaks its contract is left out.
CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "discard_row"}


class Stamped(BaseModel):
    """The stamp of a row: UTC, though nothing says so."""

    DATETIME: datetime

    @field_validator("DATETIME")
    @classmethod
    def in_utc(cls, stamp: datetime) -> datetime:
        """Read it as UTC."""
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp


def _measures() -> dict[str, Any]:
    return {name: (Annotated[float, Field(ge=0, le=limit(name))], ...) for name in MEASURES}


HalfHour: type[BaseModel] = create_model("HalfHour", __base__=Stamped, **_measures())


def load(portal: str, start: str, end: str, dsn: str) -> None:
    """Merge a window of the table with what the portal says."""
    client = Client(request_timeout=TIMEOUT_S, request_max_attempts=4, request_backoff_factor=0.01)

    @dlt.resource(
        name="generation_mix",
        primary_key="DATETIME",
        write_disposition="merge",
        columns=HalfHour,
        schema_contract=CONTRACT,
    )
    def rows() -> Iterator[list[dict[str, Any]]]:
        answer = client.get(f"{portal}/datastore_search_sql", params={"sql": statement(start, end)})
        records = answer.json()["result"]["records"]
        yield [{name: value for name, value in row.items() if name not in TRANSPORT} for row in records]

    pipeline = dlt.pipeline(
        "neso",
        destination=dlt.destinations.postgres(dsn),
        dataset_name="neso",
        pipelines_dir=os.environ["PEER_STATE"],
    )
    pipeline.run(rows(), refresh=None)
