"""Which errors are a user's to put right, and how each is said in one line."""

import psycopg2
import pydantic
import requests

from include.home import HomeError
from include.local.errors import LocalError
from include.operations.runs import written_out
from include.warehouse import MigrationChangedError


def is_expected(error: Exception) -> bool:
    """Tell whether an error needs no traceback."""
    return isinstance(
        error,
        (
            HomeError,
            LocalError,
            MigrationChangedError,
            pydantic.ValidationError,
            psycopg2.OperationalError,
            requests.RequestException,
        ),
    )


def one_line(error: Exception) -> str:
    """Return what happened, and what to do about it, with nothing that a terminal would obey."""
    return written_out(_one_line(error))


def _one_line(error: Exception) -> str:
    if isinstance(error, pydantic.ValidationError):
        faults = [f"GRIDLOOM_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        return f"a setting is wrong: {'; '.join(faults)}"
    if isinstance(error, psycopg2.OperationalError):
        return f"PostgreSQL: {' '.join(str(error).split())}; see: gridloom status"
    if isinstance(error, requests.RequestException):
        return f"Airflow's API server: {' '.join(str(error).split())}; see: gridloom status"
    return " ".join(str(error).split())
