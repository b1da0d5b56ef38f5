"""The environment that Airflow and its tasks get."""

import json
from pathlib import Path

import pytest

from include.home import Home
from include.local import airflow
from include.local.holders import TYPED, Holder
from include.settings import Settings
from include.warehouse import Role, Warehouse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path / "home"})


@pytest.fixture
def home(settings: Settings) -> Home:
    home = Home.of(settings)
    home.remember_port("postgres", 5999)
    home.remember_port("airflow", 8999)
    return home


def test_nothing_of_the_callers_airflow_gets_through(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY_CMD", "cat /etc/passwd")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    given = airflow.environment(settings, home, TYPED, follows_schedules=True)

    assert given["AIRFLOW_HOME"] == str(home.path / "airflow")
    assert "AIRFLOW__CORE__FERNET_KEY_CMD" not in given
    assert "PYTHONDONTWRITEBYTECODE" not in given


def test_secrets_stay_the_same_from_start_to_start(settings: Settings, home: Home) -> None:
    first, second = (airflow.environment(settings, home, TYPED, follows_schedules=True) for _ in range(2))

    assert first == second
    assert len(first["AIRFLOW__CORE__FERNET_KEY"]) == 44


def test_airflow_listens_on_the_loopback_at_the_port_it_was_given(settings: Settings, home: Home) -> None:
    given = airflow.environment(settings, home, TYPED, follows_schedules=True)

    assert given["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert given["AIRFLOW__API__PORT"] == "8999"
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8999/execution/"


def test_only_services_that_stay_follow_schedules(settings: Settings, home: Home) -> None:
    assert (
        airflow.environment(settings, home, TYPED, follows_schedules=False)["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"]
        == "False"
    )
    assert (
        airflow.environment(settings, home, TYPED, follows_schedules=True)["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"]
        == "True"
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EXPLORER])
def test_each_login_is_a_connection(settings: Settings, home: Home, role: Role) -> None:
    given = airflow.environment(settings, home, Holder((role,)), follows_schedules=True)

    connections = {name: value for name, value in given.items() if name.startswith("AIRFLOW_CONN_")}
    assert connections == {f"AIRFLOW_CONN_WAREHOUSE_{role.name}": Warehouse.of(settings, home).dsn(role)}


def test_the_admins_password_is_made_once_and_never_a_default(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path)

    assert airflow.admin_password(home) == airflow.admin_password(home)
    assert airflow.admin_password(home) != airflow.admin_password(other)
    assert json.loads((home.path / "secrets.json").read_text())["airflow_admin_password"] != "admin"
