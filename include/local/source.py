"""Where the rows come from: the publisher, or its stand-in where the publisher cannot be reached.

Simulated rows live in a database of their own, so the choice of the source is the choice of the database. It is kept
in the home and every command obeys it. An address set by hand (GRIDLOOM_NESO_URL) is never probed or replaced.
"""

from dataclasses import dataclass

import requests

from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from include.settings import Settings

PROBE_TIMEOUT_S = 5
PROBED_PACKAGE = "historic-generation-mix"
# A stand-in need not be spared.
SIMULATED_DATASTORE_PER_MINUTE = "600"
SIMULATED_REQUESTS_PER_SECOND = "100"
API_PATH = "/api/3/action"


@dataclass(frozen=True)
class Choice:
    """Which source is used, and why, in a sentence."""

    is_simulated: bool
    reason: str


def is_set_by_hand(settings: Settings) -> bool:
    """Tell whether the user gave NESO's address."""
    return "neso_url" in settings.model_fields_set


def choose_source(settings: Settings, home: Home) -> Choice:
    """Ask NESO once whether it can be reached, choose accordingly, and keep the choice."""
    choice = _choice(settings)
    home.choose(SIMULATED_DATABASE if choice.is_simulated else REAL_DATABASE)
    return choice


def _choice(settings: Settings) -> Choice:
    if is_set_by_hand(settings):
        return Choice(is_simulated=False, reason=f"NESO's address was set by hand: {settings.neso_url}")
    obstacle = _probe(settings.neso_url)
    if obstacle is None:
        return Choice(is_simulated=False, reason=f"NESO answers at {settings.neso_url}")
    return Choice(is_simulated=True, reason=f"NESO cannot be reached at {settings.neso_url} ({obstacle})")


def _probe(url: str) -> str | None:
    """Return what keeps us from the publisher, or None where it answers."""
    try:
        answer = requests.get(
            f"{url}/package_show", params={"id": PROBED_PACKAGE}, timeout=PROBE_TIMEOUT_S, allow_redirects=False
        )
        is_sound = answer.ok and answer.json().get("success") is True
    except requests.JSONDecodeError:
        return "its answer is not NESO's"
    except requests.Timeout:
        return f"no answer within {PROBE_TIMEOUT_S} s"
    except requests.RequestException as error:
        return _cause(error)
    return None if is_sound else f"it answers {answer.status_code}"


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed request, in a few words."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException):
        return _cause(inner)
    return str(error).rsplit(": ", maxsplit=1)[-1]


def simulator_url(home: Home) -> str:
    """Return the address of the simulator that runs beside Airflow."""
    return f"http://127.0.0.1:{home.port('simulator')}{API_PATH}"


def environment(settings: Settings, home: Home) -> dict[str, str]:
    """Return the settings by which tasks find the source in use."""
    if not home.is_simulated or is_set_by_hand(settings):
        return {}
    given = settings.model_fields_set
    paces = {
        "neso_datastore_per_minute": SIMULATED_DATASTORE_PER_MINUTE,
        "neso_requests_per_second": SIMULATED_REQUESTS_PER_SECOND,
    }
    return {
        "GRIDLOOM_NESO_URL": simulator_url(home),
        **{f"GRIDLOOM_{name.upper()}": pace for name, pace in paces.items() if name not in given},
    }
