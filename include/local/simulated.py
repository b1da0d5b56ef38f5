"""The publishers as a command of its own asks them: themselves, or the simulator where all are simulated."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from include.home import Home
from include.local import services, source
from include.local.errors import LocalError
from include.local.logs import service_log
from include.settings import Settings

ANSWERS_WITHIN_S = 30.0
POLL_S = 0.1


@contextmanager
def publishers_in_use(settings: Settings, home: Home) -> Iterator[Settings]:
    """Give the settings by which publishers are found, for the length of a block; start the simulator if it must be.

    Raises LocalError where the simulator does not come up.
    """
    found = source.environment(settings, home)
    if not found:
        yield settings
        return
    if services.running(home) is not None:
        yield _told(settings, source.environment(settings, home))
        return
    services.choose_ports(settings, home)
    with _simulator(settings, home):
        yield _told(settings, source.environment(settings, home))


def _told(settings: Settings, environment: dict[str, str]) -> Settings:
    """Return settings with what an environment says of publishers."""
    given = {name.removeprefix("GRIDLOOM_").lower(): value for name, value in environment.items()}
    kinds = {name: type(getattr(settings, name)) for name in given}
    return settings.model_copy(update={name: kinds[name](value) for name, value in given.items()})


@contextmanager
def _simulator(settings: Settings, home: Home) -> Iterator[None]:
    service = services.simulator(settings, home)
    with service_log(home, service.name).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            service.command, env=dict(service.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(source.simulator_url(settings, home), process)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{url}/_simulator", timeout=1)
        except requests.RequestException:
            time.sleep(POLL_S)
        else:
            return
    raise LocalError("the simulator does not come up; see the log `simulator` in the home")
