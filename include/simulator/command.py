"""`gridloom simulate`: the publishers' stand-in, as a process of its own."""

import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from types import FrameType
from typing import Annotated, Any

import typer

from include.simulator.addresses import setting_of
from include.simulator.publishers import SomePublisher, publishers
from include.simulator.server import SimulatorServer
from include.simulator.state import StateError

DEFAULT_PORT = 8765


def simulate(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="[PUBLISHER.]SETTING=VALUE, as JSON, else as text. May be given several times."),
    ] = None,
) -> None:
    try:
        playing = playing_with(setting or ())
        server = SimulatorServer(playing, host=host, port=port)
    except (StateError, OSError, OverflowError) as error:
        print(f"gridloom simulate: {_one_line(error, host, port)}", file=sys.stderr)
        raise typer.Exit(2) from None
    serve(server)


def _settings_and_faults(name: str, publisher: type[SomePublisher]) -> str:
    settings = ", ".join(field.name for field in fields(publisher.standard_state()))
    kinds = ", ".join((*publisher.kinds, "all"))
    faults = "\n\n".join(f"{fault.name}: {fault.tells}" for fault in publisher.faults.values())
    return f"{publisher.title} ({name}). Settings: {settings}; fault_on: {kinds}. Faults:\n\n{faults}"


_PUBLISHERS = "\n\n".join(_settings_and_faults(name, publisher) for name, publisher in publishers().items())
simulate.__doc__ = f"""Play the publishers on this machine, from their first half-hour to now or from recorded copies.

When ready it prints the base address of each publisher, as the setting that clients look for.
GET and POST /_simulator/PUBLISHER/state tell and change a publisher's state while it runs.

What settings mean stands in include/simulator/README.md. From
elexon.known_days (such as 2026-03-01) on, demand follows a formula and
is foreseen wrong by a known amount: forecasts of it are judged by hand.

{_PUBLISHERS}
"""


def playing_with(settings: Sequence[str]) -> dict[str, SomePublisher]:
    """Return every publisher by name, with its settings, ready to answer. Raises StateError."""
    known = publishers()
    wanted: dict[str, dict[str, Any]] = {name: {} for name in known}
    for each in settings:
        target, is_given, text = each.partition("=")
        name, is_named, setting = target.rpartition(".")
        names = [name] if is_named else _having(setting, known)
        if not is_given or not names or names[0] not in known:
            raise StateError(f"{each!r} is no [PUBLISHER.]SETTING=VALUE of {', '.join(known)}")
        for one in names:
            wanted[one][setting] = _value(text)
    playing = {name: publisher.starting_with(wanted[name]) for name, publisher in known.items()}
    for publisher in playing.values():
        publisher.prepare()
    return playing


def _having(setting: str, known: Mapping[str, type[SomePublisher]]) -> list[str]:
    """Return the publishers that have a setting of this name."""
    return [name for name, each in known.items() if setting in {field.name for field in fields(each.standard_state())}]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def serve(server: SimulatorServer) -> None:
    """Say the addresses and serve until the process is told to end."""
    with _until_told_to_end(server):
        # At once, so that nobody who reads the first line has left when the last is written.
        sys.stdout.write("".join(f"{setting_of(name)}={server.url_of(name)}\n" for name in server.publishers))
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.1)
    server.server_close()


@contextmanager
def _until_told_to_end(server: SimulatorServer) -> Iterator[None]:
    def end(_: int, __: FrameType | None) -> None:
        server.stopping.set()
        # It waits for a loop that may not have begun, and must not keep the process from ending.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    yield


def _one_line(error: Exception, host: str, port: int) -> str:
    if isinstance(error, StateError):
        return str(error)
    return f"cannot listen on {host}:{port} ({error}); choose another --port, or 0 for a free one"
