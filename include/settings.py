"""Everything that differs between a laptop, CI and production: environment variables `GRIDLOOM_…`, or `.env`."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings of one process, read once. An empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="GRIDLOOM_",
        # Tests point it at nothing: what a developer wrote into .env is not theirs.
        env_file=os.environ.get("GRIDLOOM_ENV_FILE", REPOSITORY / ".env"),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Annotated[Path, Field(description="State of the embedded services")] = REPOSITORY / ".gridloom"
    warehouse_url: Annotated[
        SecretStr | None, Field(description="An existing PostgreSQL, as an owner who may create roles")
    ] = None

    owner_password: SecretStr | None = None
    loader_password: SecretStr | None = None
    transformer_password: SecretStr | None = None
    analyst_password: SecretStr | None = None

    bind_host: Annotated[str, Field(description="Address every embedded service listens on")] = "127.0.0.1"
    postgres_port: int = 5433
    airflow_port: int = 8080
    simulator_port: int = 8001
    follow_schedules: Annotated[bool, Field(description="Whether `gridloom up` lets DAGs run by themselves")] = True
    dags_folder: Annotated[Path, Field(description="What the embedded Airflow runs")] = REPOSITORY / "dags"

    neso_url: str = "https://api.neso.energy/api/3/action"
    neso_datastore_per_minute: Annotated[float, Field(gt=0, description="NESO asks for at most 2")] = 2
    neso_requests_per_second: Annotated[float, Field(gt=0, description="NESO asks for at most 1")] = 1
    elexon_url: str = "https://data.elexon.co.uk/bmrs/api/v1"

    real_data: Annotated[Path, Field(description="Recorded data that tests replay")] = REPOSITORY / "../shared/data"
