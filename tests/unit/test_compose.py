"""docker-compose.yaml and the Dockerfile, as far as they can be judged where there is no container engine."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from include.local.postgres import SESSION_MEMORY_KB
from include.local.postgres_setup import WRITING_FUNCTIONS
from include.settings import Settings
from include.warehouse import EXPLORER_SETTINGS

REPOSITORY = Path(__file__).parent.parent.parent
TEXT = (REPOSITORY / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DATABASES = (REPOSITORY / "docker" / "databases.sh").read_text()
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()

# Settings that make sense on one machine only, or in tests.
NOT_IN_PRODUCTION = {"simulator_port", "follow_schedules", "dags_folder", "real_data", "elexon_url"}
# A reference ${NAME}, ${NAME:-default} or ${NAME:?what to do}; $$ is a dollar.
REFERENCE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<what>:[-?])?(?P<given>[^}$]*)")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")
# Without them nobody is told, and no hook is open.
MAY_BE_MISSING = ("GRIDLOOM_ALERT_", "GRIDLOOM_LINEAGE_", "GRIDLOOM_HOOK_SECRET")


AIRFLOW_SECRETS = (
    *("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"),
    *("AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND"),
)


def references() -> Iterator[tuple[str, str | None, str]]:
    without_comments = re.sub(r"(?m)^\s*#.*$", "", TEXT)
    for found in REFERENCE.finditer(without_comments):
        yield found["name"], found["what"], found["given"]


def is_of_a_source(setting: str) -> bool:
    rooms = (REPOSITORY / "include" / "sources", REPOSITORY / "include" / "simulator")
    sources = [folder.name for room in rooms for folder in room.iterdir() if folder.is_dir()]
    return setting.startswith(tuple(f"{source}_" for source in sources if not source.startswith("_")))


def variables(service: str) -> set[str]:
    return set(SERVICES[service].get("environment", {}))


def test_it_keeps_the_compose_specification():
    schemas = pytest.importorskip("check_jsonschema.builtin_schemas", reason="check-jsonschema is not installed")
    schema = schemas.get_builtin_schema("vendor.compose-spec")
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    broken = {**COMPOSE, "services": {"worker": {"imgae": "x"}}}
    assert list(validator.iter_errors(broken)), "the schema is no schema"


def test_what_it_sets_are_settings_and_every_setting_is_set_or_named_here():
    in_containers = {name for service in SERVICES for name in variables(service)}
    asked = {name for name, *_ in references()}
    ours = {name.removeprefix("GRIDLOOM_").lower() for name in in_containers | asked if name.startswith("GRIDLOOM_")}
    assert ours == {name for name in Settings.model_fields if not is_of_a_source(name)} - NOT_IN_PRODUCTION


def test_settings_of_sources_come_by_a_file_so_that_a_new_source_changes_nothing_here():
    assert is_of_a_source("neso_url")
    assert SERVICES["worker"]["env_file"] == [{"path": ".env.sources", "required": False}]
    assert [name for name in SERVICES if "env_file" in SERVICES[name]] == ["worker"]


def test_every_secret_must_be_given_and_has_no_default():
    required = {name for name, what, _ in references() if what == ":?"}
    for name, what, given in references():
        if SECRET.search(name) and not name.startswith(MAY_BE_MISSING):
            assert name in required, f"{name} may be empty"
        assert not (SECRET.search(name) and what == ":-" and given), f"{name} has a default"


def test_every_service_gets_only_the_logins_it_acts_as():
    holders = {
        login: {name for name in SERVICES if any(login in variable for variable in variables(name))}
        for login in ("OWNER_PASSWORD", "CONN_WAREHOUSE_LOADER", "CONN_WAREHOUSE_TRANSFORMER", "SCREENS_PASSWORD")
    }
    assert holders == {
        "OWNER_PASSWORD": {"postgres"},
        "CONN_WAREHOUSE_LOADER": {"scheduler", "worker", "worker-forecasts"},
        "CONN_WAREHOUSE_TRANSFORMER": {"worker", "worker-forecasts"},
        "SCREENS_PASSWORD": {"prepare", "metrics", "dashboard"},
    }
    # The one service that strangers may reach reads, and notes deliveries; it writes nothing else.
    connections = {name for name in variables("api-server") if name.startswith("AIRFLOW_CONN_")}
    assert connections == {"AIRFLOW_CONN_WAREHOUSE_SCREENS", "AIRFLOW_CONN_WAREHOUSE_HOOKS"}
    assert [name for name in SERVICES if "GRIDLOOM_HOOK_SECRET" in variables(name)] == ["api-server"]
    assert [name for name in SERVICES if any("_HOOKS" in each for each in variables(name))] == ["prepare", "api-server"]
    # Of Airflow's own secrets, too.
    assert {secret: {name for name in SERVICES if secret in variables(name)} for secret in AIRFLOW_SECRETS} == {
        "AIRFLOW__CORE__FERNET_KEY": {"api-server", "scheduler", "dag-processor", "triggerer"},
        "AIRFLOW__API_AUTH__JWT_SECRET": {"api-server", "scheduler"},
        "AIRFLOW__API__SECRET_KEY": {"api-server"},
        "AIRFLOW__CELERY__BROKER_URL": {"scheduler", "worker", "worker-forecasts"},
        "AIRFLOW__CELERY__RESULT_BACKEND": {"scheduler", "worker", "worker-forecasts"},
    }
    for reader in ("metrics", "dashboard"):
        assert not any(name.startswith("AIRFLOW_") for name in variables(reader)), reader


def test_the_processes_are_those_of_airflow_with_celery():
    commands = {name: " ".join(service.get("command", [])) for name, service in SERVICES.items()}
    for part in ("airflow api-server", "airflow scheduler", "airflow dag-processor", "airflow celery worker"):
        assert any(part in command for command in commands.values()), part
    assert variables("worker") >= {"AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND"}
    for part in ("scheduler", "worker", "triggerer", "dag-processor", "api-server"):
        assert SERVICES[part]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


def test_forecasts_have_a_queue_and_an_image_of_their_own():
    worker = SERVICES["worker-forecasts"]
    assert worker["build"]["target"] == "forecasts"
    assert worker["image"] != SERVICES["worker"]["image"]
    assert "--queues=forecasts" in worker["command"]
    assert not any("--queues" in each for each in SERVICES["worker"]["command"])
    # Airflow's own environment never has torch.
    assert "COPY --from=pretrained /opt/gridloom/.venv-forecasts" in (REPOSITORY / "Dockerfile").read_text()


def test_a_task_is_not_handed_out_again_while_it_may_still_be_at_work():
    """The DAGs' time limit is an hour (tests/dags)."""
    given = SERVICES["worker"]["environment"]["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]
    assert int(given) > 3600


def test_a_session_of_postgresql_may_take_what_one_of_the_embedded_may():
    assert SERVICES["postgres"]["ulimits"] == {"data": SESSION_MEMORY_KB * 1024}


def test_its_databases_are_as_closed_as_the_embedded_ones():
    [granted] = re.findall(r"grant set on parameter (.+) to gridloom_owner;", DATABASES)
    assert granted.split(", ") == list(EXPLORER_SETTINGS)
    [(pattern, others)] = re.findall(r"proname like '(.+)%' or proname in \((.+?)\)", DATABASES)
    beginning = pattern.replace("\\", "")
    assert {f"'{name}'" for name in WRITING_FUNCTIONS if not name.startswith(beginning)} == set(others.split(", "))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("user", "gridloom" if "build" in service else "root") != "root"
    assert not service.get("privileged", False)
    assert service["logging"]["options"]["max-size"]
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_pinned_image_and_tells_whether_it_is_well(name):
    service = SERVICES[name]
    assert re.search(r":\d+\.\d+(\.\d+)?", service["image"])
    if service["restart"] != "no":
        assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_until_what_it_needs_is_well(name):
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] in ("service_healthy", "service_completed_successfully")
        assert ("healthcheck" in SERVICES[needed]) == (how["condition"] == "service_healthy")


def mounts() -> list[str]:
    return [volume for service in SERVICES.values() for volume in service.get("volumes", [])]


def test_every_volume_is_declared():
    named = {mount.split(":")[0] for mount in mounts() if not mount.startswith("./")}
    assert named == set(COMPOSE["volumes"])


def test_files_come_from_the_repository_and_are_only_read():
    """An inline config would be copied into the container, which an engine cannot do where that is read-only."""
    files = [mount for mount in mounts() if mount.startswith("./")]
    assert [mount.split(":")[0] for mount in files] == ["./docker/databases.sh"]
    for mount in files:
        source, _, access = mount.split(":")
        assert (REPOSITORY / source).is_file()
        assert access == "ro"
    assert not [name for name, service in SERVICES.items() if "configs" in service]


def test_a_backup_is_restored_by_the_owner_and_never_by_the_superuser():
    made = (REPOSITORY / "docker" / "databases.sh").read_text()
    assert "create role gridloom_owner login createrole createdb password" in made
    assert "grant connect on database postgres to gridloom_owner;" in made
    told = (REPOSITORY / "docs" / "backup.md").read_text()
    assert "pg_restore" not in told
    assert not re.search(r"pg_dump[^\n]*--username postgres", told)
    assert variables("prepare") >= {"GRIDLOOM_WAREHOUSE_URL", "GRIDLOOM_TRANSFORMER_PASSWORD"}


def test_a_worker_loads_what_tasks_need_before_it_forks_its_pool():
    """Else each task imports dbt and Great Expectations anew (plugins/warm_tasks.py)."""
    command = SERVICES["worker"]["command"]
    assert command[:2] == ["env", "AIRFLOW__CORE__LAZY_LOAD_PLUGINS=False"]


def test_no_password_stands_among_the_arguments_of_a_process():
    for name, service in SERVICES.items():
        command = service.get("command", [])
        if "-euc" in command:
            # A shell's own words; what it starts may not be handed one.
            started = [line for line in command[-1].splitlines() if not line.lstrip().startswith("printf")]
            command = ["\n".join(started)]
        assert not [word for word in command if SECRET.search(word) and "_FILE" not in word], name


def test_the_image_is_pinned_locked_and_runs_as_no_root():
    stages = re.findall(r"(?m)^FROM \S+ AS (\S+)", DOCKERFILE)
    bases = [base for base in re.findall(r"(?m)^FROM (\S+)", DOCKERFILE) if base not in stages]
    assert bases
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    assert "--require-hashes" in DOCKERFILE
    assert re.findall(r"(?m)^USER (\S+)", DOCKERFILE)[-1] == "gridloom"
    ignored = (REPOSITORY / ".dockerignore").read_text()
    for secret in (".env*", ".git/", ".gridloom*/"):
        assert secret in ignored.splitlines()
