"""Which secrets each process of this machine holds in its environment: those it uses, and no others.

Who may read a process's environment, or have it run a command, has what stands there. What a service is not handed it
cannot hand on either, to nobody's query and to no program that it starts.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from psycopg2.extensions import make_dsn, parse_dsn
from pydantic import SecretStr

from include.settings import Settings
from include.warehouse import Role

SECRETS = frozenset(name for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation))
# What logs in to the warehouse, as its owner too. Tasks do that by connections of Airflow's.
LOGINS = frozenset(name for name in SECRETS if name.endswith("_password") or name == "warehouse_url")
# What senders of webhooks sign by.
OF_HOOKS = frozenset({"hook_secret"})
# What publishers and receivers of alerts and lineage ask for.
OF_TASKS = SECRETS - LOGINS - OF_HOOKS - {"metrics_token"}


@dataclass(frozen=True)
class Holder:
    """What a program of Airflow's holds, beside the way into Airflow's own database."""

    connections: tuple[Role, ...] = ()
    airflow_secrets: frozenset[str] = frozenset()
    """Options that are secrets, as `section.name`."""
    settings: frozenset[str] = frozenset()


FERNET_KEY, JWT_SECRET, API_SECRET = "core.fernet_key", "api_auth.jwt_secret", "api.secret_key"
AIRFLOW_SECRETS = frozenset({FERNET_KEY, JWT_SECRET, API_SECRET})
# DAG files may read Variables, which Airflow keeps encrypted.
PARSES = Holder(airflow_secrets=frozenset({FERNET_KEY}))
# The page "Grid" reads the warehouse; inbound webhooks are noted there.
SERVES = Holder((Role.SCREENS, Role.HOOKS), AIRFLOW_SECRETS, OF_HOOKS)
# Tasks are forks of the scheduler, and it signs the tokens they bear.
RUNS_TASKS = Holder((Role.LOADER, Role.TRANSFORMER, Role.ANALYST), frozenset({FERNET_KEY, JWT_SECRET}), OF_TASKS)
# Whatever command of Airflow's its user types.
TYPED = Holder(RUNS_TASKS.connections, AIRFLOW_SECRETS, SECRETS)


def inherited(caller: Mapping[str, str], keeps: Collection[str] = frozenset()) -> dict[str, str]:
    """Return what a service takes over from the caller's shell: no setting of another Airflow, no slow imports.

    Of the settings that are secrets it gets those it `keeps`.
    """
    dropped = {f"GRIDLOOM_{name}".upper() for name in SECRETS.difference(keeps)} | {"PYTHONDONTWRITEBYTECODE"}
    kept = {
        name: value
        for name, value in caller.items()
        if not name.startswith(("AIRFLOW_", "_AIRFLOW_")) and name.upper() not in dropped
    }
    if not os.access(kept.get("HOME", "/nonexistent"), os.W_OK):
        # Great Expectations wants a home it can write to.
        kept["HOME"] = caller.get("TMPDIR", "/tmp")  # noqa: S108 - nothing of ours is put there
    return kept


def as_roles(caller: Mapping[str, str], settings: Settings, roles: Collection[Role]) -> dict[str, str]:
    """Return what a program takes over that logs in to the warehouse as these roles, and never as its owner."""
    kept = inherited(caller, {f"{role}_password" for role in roles})
    if settings.warehouse_url is None:
        return kept
    address = parse_dsn(settings.warehouse_url.get_secret_value())
    address.pop("password", None)
    return {**kept, "GRIDLOOM_WAREHOUSE_URL": make_dsn(**address)}
