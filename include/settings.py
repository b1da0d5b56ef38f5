"""Everything that differs between a laptop, CI and production: environment variables `GRIDLOOM_…`, or `.env`."""

import os
from pathlib import Path
from typing import Annotated

import psycopg2
from psycopg2.extensions import parse_dsn
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65_535)]
REPOSITORY = Path(__file__).resolve().parent.parent
WAREHOUSE_URL_ADVICE = (
    "must be as in postgresql://user:password@host:5432/database, with what is special in the password written as in"
    " addresses: @ is %40, / is %2F, ? is %3F, % is %25"
)


class Settings(BaseSettings):
    """The settings of one process, read once. An empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="GRIDLOOM_",
        # Tests point it at nothing: what a developer wrote into .env is not theirs.
        env_file=os.environ.get("GRIDLOOM_ENV_FILE", REPOSITORY / ".env"),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # Nobody looks for a password in the message about another setting, or in a traceback.
        hide_input_in_errors=True,
    )

    home: Annotated[Path, Field(description="State of the embedded services")] = REPOSITORY / ".gridloom"
    warehouse_url: Annotated[
        SecretStr | None, Field(description="An existing PostgreSQL, as an owner who may create roles")
    ] = None

    owner_password: SecretStr | None = None
    loader_password: SecretStr | None = None
    transformer_password: SecretStr | None = None
    analyst_password: SecretStr | None = None
    screens_password: Annotated[SecretStr | None, Field(description="Of the login of dashboard, Grid, metrics")] = None
    explorer_password: Annotated[SecretStr | None, Field(description="Of the login of the dashboard's SQL box")] = None
    hooks_password: Annotated[SecretStr | None, Field(description="Of the login of inbound webhooks")] = None

    bind_host: Annotated[str, Field(description="Address every embedded service listens on")] = "127.0.0.1"
    postgres_port: Port = 5433
    airflow_port: Port = 8080
    simulator_port: Port = 8001
    dashboard_port: Port = 8501
    follow_schedules: Annotated[bool, Field(description="Whether `gridloom up` lets DAGs run by themselves")] = True
    dags_folder: Annotated[Path, Field(description="What the embedded Airflow runs")] = REPOSITORY / "dags"

    neso_url: str = "https://api.neso.energy/api/3/action"
    neso_datastore_per_minute: Annotated[float, Field(gt=0, description="NESO asks for at most 2")] = 2
    neso_requests_per_second: Annotated[float, Field(gt=0, description="NESO asks for at most 1")] = 1
    carbon_intensity_url: str = "https://api.carbonintensity.org.uk"
    carbon_intensity_requests_per_second: Annotated[float, Field(gt=0, description="The API publishes no limit")] = 1
    elexon_url: str = "https://data.elexon.co.uk/bmrs/api/v1"
    elexon_requests_per_second: Annotated[float, Field(gt=0, description="The API publishes no limit")] = 2

    smart_meter_readings: Annotated[
        str | None, Field(description="Folder or bucket of the files of readings: a path, s3://, gs:// or az://")
    ] = None
    smart_meter_reference: Annotated[
        SecretStr | None, Field(description="SQLAlchemy address of the database of agreements and tariffs")
    ] = None
    smart_meter_pseudonym_key: Annotated[
        SecretStr | None, Field(description="What pseudonyms of meters are made with")
    ] = None
    smart_meter_smallest_group: Annotated[
        int, Field(ge=1, le=1_000, description="Tariffs and regions of fewer meters are not shown")
    ] = 5

    forecasts_python: Annotated[
        Path, Field(description="Python of the pretrained models, as `make forecasts` makes it")
    ] = REPOSITORY / ".venv-forecasts/bin/python"
    chronos_model: Annotated[str | None, Field(description="Folder or hub model of Chronos, asked beside others")] = (
        None
    )

    sheets_url: Annotated[str, Field(description="Where Google Sheets is asked")] = "https://sheets.googleapis.com"

    airflow_url: Annotated[str | None, Field(description="Airflow's UI as users reach it; alerts link there")] = None
    dashboard_url: Annotated[str | None, Field(description="The dashboard as users reach it")] = None
    alert_smtp_url: Annotated[
        SecretStr | None, Field(description="smtp://user:password@host:587, or smtps://; alerts are mailed through it")
    ] = None
    alert_mail_from: str | None = None
    alert_mail_to: Annotated[str | None, Field(description="One address, or several with commas")] = None
    alert_webhook_url: Annotated[SecretStr | None, Field(description="Alerts are posted to it, signed")] = None
    alert_webhook_secret: Annotated[
        SecretStr | None, Field(description="whsec_… and 24 bytes or more in base64; signs what is posted")
    ] = None
    alert_repeat_after_hours: Annotated[float, Field(gt=0, description="What lasts is told again after this long")] = 24

    hook_secret: Annotated[
        SecretStr | None,
        Field(description="whsec_…, or two while it is changed; opens POST /hooks/forecasts on Airflow's API server"),
    ] = None

    metrics_port: Port = 9108
    metrics_token: Annotated[SecretStr | None, Field(description="What a scraper of /metrics must bear")] = None

    lineage: Annotated[str | None, Field(description="OpenLineage events: a file, or a server's URL")] = None
    lineage_api_key: SecretStr | None = None

    real_data: Annotated[Path, Field(description="Recorded data that tests replay")] = REPOSITORY / "../shared/data"

    @field_validator("warehouse_url")
    @classmethod
    def _can_be_read(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what PostgreSQL would take for something else, and quote in its message, password and all."""
        given = url.get_secret_value() if url else ""
        beside = given.partition("://")[2].rpartition("@")[0]
        try:
            is_sound = url is None or (bool(parse_dsn(given)) and not {"@", "/", "?"} & set(beside))
        except psycopg2.ProgrammingError:
            is_sound = False
        if not is_sound:
            raise ValueError(WAREHOUSE_URL_ADVICE)
        return url

    @field_validator("neso_url", "carbon_intensity_url", "elexon_url")
    @classmethod
    def _holds_no_login(cls, url: str) -> str:
        """Refuse a login that no publisher is ever sent; the address is shown, and told to catalogues."""
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise ValueError("publishers are asked without a login; leave user and password out")
        return url
