"""Where the rows come from: the publishers, or the simulator, which stands in for all of them.

NESO is asked once; where it cannot be reached, every publisher is simulated. Another one that cannot be reached fails
its own runs. Simulated rows live in a database of their own, so the choice of the source is the choice of the database.
It is kept in the home and every command obeys it. A publisher's address set by hand (GRIDLOOM_<PUBLISHER>_URL) is never
probed or replaced.
"""

import json
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from include import outbound
from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from include.ingestion.told import told
from include.settings import Settings
from include.simulator.addresses import mounted_at

PROBE_TIMEOUT_S = 5
MOST_PROBED_BYTES = 1 << 20
PROBED_PACKAGE = "historic-generation-mix"
# A stand-in need not be spared. Settings of a publisher begin with its name, and those of its pace end so.
SIMULATED_PACES = {"_per_minute": "600", "_per_second": "100"}


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
    asked: dict[str, Any] = {"params": {"id": PROBED_PACKAGE}, "headers": {"Accept-Encoding": "identity"}}
    limits: dict[str, Any] = {"timeout": PROBE_TIMEOUT_S, "allow_redirects": False, "stream": True}
    try:
        with outbound.session() as session, session.get(f"{url}/package_show", **asked, **limits) as answer:
            said = json.loads(answer.raw.read(MOST_PROBED_BYTES))
    except (ValueError, RecursionError):
        return "its answer is not NESO's"
    except (requests.Timeout, ReadTimeoutError):
        return f"no answer within {PROBE_TIMEOUT_S} s"
    except (requests.RequestException, HTTPError) as error:
        return _cause(error)
    is_sound = answer.ok and isinstance(said, dict) and said.get("success") is True
    return None if is_sound else f"it answers {answer.status_code}"


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed request, in a few words."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException):
        return _cause(inner)
    return told(str(error).rsplit(": ", maxsplit=1)[-1])


def simulator_url(settings: Settings, home: Home) -> str:
    """Return the root of the simulator that runs beside Airflow, as tasks on this machine reach it."""
    host = "127.0.0.1" if settings.bind_host == "0.0.0.0" else settings.bind_host  # noqa: S104 - compared, not bound
    return f"http://{host}:{home.port('simulator')}"


def environment(settings: Settings, home: Home) -> dict[str, str]:
    """Return the settings by which tasks find every publisher where all are simulated; what is set by hand stays."""
    if not home.is_simulated or is_set_by_hand(settings):
        return {}
    root = simulator_url(settings, home)
    found: dict[str, str] = {}
    for publisher, path in mounted_at().items():
        found |= {f"{publisher}_url": root + path, **_paces(publisher)}
    return {f"GRIDLOOM_{name.upper()}": value for name, value in found.items() if name not in settings.model_fields_set}


def _paces(publisher: str) -> dict[str, str]:
    """Return a fast pace for each setting of this publisher that ends as one of SIMULATED_PACES does."""
    return {
        name: pace
        for name in Settings.model_fields
        for ending, pace in SIMULATED_PACES.items()
        if name.startswith(f"{publisher}_") and name.endswith(ending)
    }
