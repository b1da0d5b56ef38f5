"""Airflow on this machine: its environment, its database, its programs. Airflow itself is never imported here."""

import base64
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

from include.home import Home, replace_file
from include.local import locks
from include.local.errors import LocalError
from include.local.holders import AIRFLOW_SECRETS, PARSES, Holder, inherited
from include.local.logs import last_line, service_log
from include.local.postgres import Cluster
from include.local.postgres_files import read_small
from include.local.postgres_setup import AIRFLOW_DATABASE, AIRFLOW_OWNER, airflow_password
from include.programs import python
from include.settings import REPOSITORY, Settings
from include.warehouse import REQUIRE_AUTH, SCRAM, Role, Warehouse

USER = "admin"
PASSWORDS = "airflow.passwords"
DEFAULT_DAGS = REPOSITORY / "dags"
# Tasks at work at the same time; every one is a process.
PARALLELISM = 4
# Threads of numpy's linear algebra wait for each other while other tasks are at work.
BLAS_THREADS = 1
# A look around costs a twentieth of a second of a processor, for as long as Airflow is up.
SCHEDULER_IDLE_S = 0.5
# A file of DAGs that has not changed is read again after this long; one that has, with the next look.
REREAD_DAGS_S, LOOK_FOR_DAGS_S = 120, 30
MIGRATION_MARKER = "airflow.migrated"


def api_url(settings: Settings, home: Home) -> str:
    """Return the address of the API server, which is that of the UI too."""
    host = "127.0.0.1" if settings.bind_host == "0.0.0.0" else settings.bind_host  # noqa: S104 - compared, not bound
    return f"http://{host}:{home.port('airflow') or settings.airflow_port}"


def admin_password(home: Home) -> str:
    """Return the password of the one user, `admin`; made once."""
    return home.secret("airflow_admin_password")


def database_parameters(home: Home) -> dict[str, str]:
    """Return how to connect to Airflow's own database."""
    return {
        "host": "127.0.0.1",
        "port": str(home.port("postgres")),
        "dbname": AIRFLOW_DATABASE,
        "user": AIRFLOW_OWNER,
        "password": airflow_password(home),
    }


def program(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs Airflow with these arguments."""
    return python("include.local.airflow_program", *arguments)


def environment(settings: Settings, home: Home, holder: Holder, *, follows_schedules: bool) -> dict[str, str]:
    """Return the environment of a program of Airflow's, and of the tasks it starts."""
    return {
        **inherited(os.environ, holder.settings),
        **_configuration(settings, home, holder.airflow_secrets, follows_schedules=follows_schedules),
        **_connections(Warehouse.of(settings, home), holder.connections),
        "GRIDLOOM_HOME": str(home.path),
        "GRIDLOOM_AIRFLOW_URL": settings.airflow_url or api_url(settings, home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def migrate_database(settings: Settings, home: Home) -> bool:
    """Bring Airflow's own database up to this Airflow, if it is not; tell whether there was anything to do."""
    with locks.exclusive(home.path / "airflow.lock"):
        wanted = importlib.metadata.version("apache-airflow")
        # Beside the database it speaks of, so that it goes with it.
        marker = Cluster.of(settings, home).directory / MIGRATION_MARKER
        if read_small(marker) == wanted:
            return False
        _write_passwords(home)
        run(settings, home, "db", "migrate")
        replace_file(marker, wanted)
        return True


def run(settings: Settings, home: Home, *arguments: str) -> None:
    """Run an `airflow` command to its end. Raises LocalError with its last line where it fails."""
    log = service_log(home, "airflow")
    with log.open("ab") as file:
        begin = file.tell()
        done = subprocess.run(  # noqa: S603 - our own program
            program(*arguments),
            check=False,
            env=environment(settings, home, PARSES, follows_schedules=False),
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    if done.returncode != 0:
        raise LocalError(f"`airflow {' '.join(arguments)}` failed: {last_line(log, since=begin)}; see {log}")


def _configuration(settings: Settings, home: Home, held: Collection[str], *, follows_schedules: bool) -> dict[str, str]:
    url = api_url(settings, home)
    directory = home.path / "airflow"
    options: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": settings.dags_folder,
            "plugins_folder": REPOSITORY / "plugins",
            "executor": "LocalExecutor",
            "parallelism": PARALLELISM,
            "load_examples": False,
            "dags_are_paused_at_creation": False,
            "fernet_key": base64.urlsafe_b64encode(hashlib.sha256(home.secret("airflow_fernet").encode()).digest()),
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": home.path / PASSWORDS,
            "execution_api_server_url": f"{url}/execution/",
            # Asking the network for our own name can take seconds where there is none.
            "hostname_callable": "socket.gethostname",
            # A forked task has what the scheduler has imported.
            **({"mp_start_method": "fork"} if platform.system() == "Linux" else {}),
        },
        "database": _database(home),
        "api": {
            "host": settings.bind_host,
            "port": home.port("airflow") or settings.airflow_port,
            "base_url": url,
            "workers": 1,
            "secret_key": _digest(home.secret("airflow_api")),
            "log_fetch_timeout_sec": 1,
            "instance_name": "Gridloom (SIMULATED DATA)" if home.is_simulated else "Gridloom",
        },
        "api_auth": {"jwt_secret": _digest(home.secret("airflow_jwt"))},
        "scheduler": {
            "scheduler_idle_sleep_time": SCHEDULER_IDLE_S,
            "use_job_schedule": follows_schedules,
            "catchup_by_default": False,
            # What a killed scheduler left behind is taken up within half a minute, not within five.
            "orphaned_tasks_check_interval": 15,
        },
        # A finished task is noticed after this long, at the latest.
        "workers": {"min_heartbeat_interval": 1},
        "dag_processor": {"refresh_interval": LOOK_FOR_DAGS_S, "min_file_process_interval": REREAD_DAGS_S},
        "usage_data_collection": {"enabled": False},
        "logging": {"base_log_folder": directory / "logs", "colored_console_log": False},
    }
    given = {
        f"AIRFLOW__{section.upper()}__{name.upper()}": value.decode() if isinstance(value, bytes) else str(value)
        for section, entries in options.items()
        for name, value in entries.items()
        if (secret := f"{section}.{name}") not in AIRFLOW_SECRETS or secret in held
    }
    return {"AIRFLOW_HOME": str(directory), "OPENBLAS_NUM_THREADS": str(BLAS_THREADS), **given}


def _database(home: Home) -> dict[str, object]:
    given = database_parameters(home)
    address = f"{given['user']}:{quote(given['password'], safe='')}@{given['host']}:{given['port']}/{given['dbname']}"
    return {
        "sql_alchemy_conn": f"postgresql+psycopg2://{address}?{REQUIRE_AUTH}={SCRAM}",
        "sql_alchemy_conn_async": f"postgresql+asyncpg://{address}",
        "sql_alchemy_connect_args_async": "include.proven_login.AIRFLOW_ARGUMENTS",
    }


def _connections(warehouse: Warehouse, roles: Collection[Role]) -> dict[str, str]:
    """Return logins as Airflow connections, by which DAGs and the UI use them."""
    return {f"AIRFLOW_CONN_WAREHOUSE_{role.value.upper()}": warehouse.dsn(role) for role in roles}


def _write_passwords(home: Home) -> None:
    home.write(PASSWORDS, json.dumps({USER: admin_password(home)}))


def _digest(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()
