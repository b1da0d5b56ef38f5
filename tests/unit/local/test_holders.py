"""Which secrets each service is handed, where its user has set every one there is."""

from pathlib import Path
from typing import Any

import pytest

from include.alerts import courier
from include.home import Home
from include.lineage import emit
from include.local import holders, services
from include.settings import Settings

OWNERS_URL = "postgresql://owner:canary-warehouse_url@db.test:5432/grid?sslmode=require"
AIRFLOW = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"}
FERNET, JWT, API = "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"
HELD = {
    "simulator": set(),
    "dashboard": {"GRIDLOOM_SCREENS_PASSWORD", "GRIDLOOM_EXPLORER_PASSWORD"},
    "api-server": AIRFLOW
    | {FERNET, JWT, API, "AIRFLOW_CONN_WAREHOUSE_SCREENS", "AIRFLOW_CONN_WAREHOUSE_HOOKS", "GRIDLOOM_HOOK_SECRET"},
    "dag-processor": AIRFLOW | {FERNET},
    "scheduler": AIRFLOW
    | {FERNET, JWT}
    | {f"AIRFLOW_CONN_WAREHOUSE_{role}" for role in ("LOADER", "TRANSFORMER", "ANALYST")}
    | {f"GRIDLOOM_{name.upper()}" for name in holders.OF_TASKS},
}


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, services.Service]:
    """The services of a user who set all secrets there are, in the shell."""
    for name in holders.SECRETS:
        monkeypatch.setenv(f"GRIDLOOM_{name.upper()}", OWNERS_URL if name == "warehouse_url" else f"canary-{name}")
    settings = Settings.model_validate({"home": tmp_path / "home"})
    home = Home.of(settings)
    home.choose("gridloom_simulated")
    home.remember_port("simulator", 8002)
    found = services.declared(settings, home, follows_schedules=True, is_kept_up=True)
    return {service.name: service for service in found}


def test_the_secrets_are_known_by_their_type() -> None:
    assert {"warehouse_url", "owner_password", "alert_smtp_url", "metrics_token"} <= holders.SECRETS
    assert {"alert_smtp_url", "alert_webhook_secret", "lineage_api_key"} <= holders.OF_TASKS
    assert not {"warehouse_url", "owner_password", "metrics_token", "hook_secret"} & holders.OF_TASKS


def test_every_service_is_handed_the_secrets_it_uses_and_no_others(declared: dict[str, services.Service]) -> None:
    held = {
        name: {variable for variable, value in service.environment.items() if _is_secret(variable, value)}
        for name, service in declared.items()
    }
    assert held == HELD


def test_nobody_is_handed_the_owners_password(declared: dict[str, services.Service]) -> None:
    for service in declared.values():
        assert "canary-warehouse_url" not in str(service.environment), service.name
    assert "host=db.test" in declared["dashboard"].environment["GRIDLOOM_WAREHOUSE_URL"]
    assert "sslmode=require" in declared["dashboard"].environment["GRIDLOOM_WAREHOUSE_URL"]


def test_a_secret_is_known_however_its_name_is_spelt() -> None:
    assert "canary" not in holders.inherited({"gridloom_owner_password": "canary"}).values()


@pytest.mark.parametrize("program", [courier, emit], ids=["alerts", "lineage"])
def test_what_the_scheduler_starts_takes_over_one_login(declared: dict[str, services.Service], program: Any) -> None:
    taken = program.environment(declared["scheduler"].environment)
    assert {name for name in taken if name.startswith("AIRFLOW")} == {"AIRFLOW_CONN_WAREHOUSE_LOADER"}
    assert {"GRIDLOOM_ALERT_WEBHOOK_SECRET", "GRIDLOOM_LINEAGE_API_KEY", "GRIDLOOM_HOME"} <= set(taken)


def _is_secret(variable: str, value: str) -> bool:
    return "canary" in value or variable in AIRFLOW | {FERNET, JWT, API} or variable.startswith("AIRFLOW_CONN_")
