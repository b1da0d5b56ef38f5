"""`gridloom simulate`: the publishers' stand-in, as a process of its own."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from include.simulator.faults import FAULTS
from include.simulator.publisher import Publisher, State, StateError
from include.simulator.server import SimulatorServer

DEFAULT_PORT = 8765

FAULT_LIST = "\n\n".join(f"{fault.name}: {fault.tells}" for fault in FAULTS.values())


def simulate(  # noqa: PLR0913, PLR0917 - one argument for each option
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Another seed tells another, equally plausible history.")] = 0,
    start: Annotated[str, typer.Option(help="First half-hour of the generated history (ISO, UTC).")] = "2009-01-01",
    now: Annotated[str | None, typer.Option(help="Freeze the publisher's clock (ISO). Default: the real one.")] = None,
    csv: Annotated[
        list[Path] | None,
        typer.Option(help="Serve a recorded copy or change log (.csv or .csv.gz) instead. May be given several times."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="With a change log: the copy as captured at this instant (ISO). Default: the last."),
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="Play a fault; may be given several times. The faults are listed above.")
    ] = None,
    fault_times: Annotated[
        int | None, typer.Option(help="Play the faults for the first N matching requests, then heal. Default: lasting.")
    ] = None,
    fault_on: Annotated[
        str, typer.Option(help="Which requests meet the faults: datastore, resource, download or all.")
    ] = "datastore",
    fault_at: Annotated[
        str | None,
        typer.Option(help="The half-hour that faults of rows strike (ISO). Default: a day before the newest."),
    ] = None,
    slow_seconds: Annotated[float, typer.Option(help="How long the faults slow and trickle take.")] = 30.0,
    retry_after: Annotated[str, typer.Option(help="Retry-After of the fault 429: seconds or an HTTP date.")] = "1",
) -> None:
    state = {"seed": seed, "start": start, "now": now, "csv": [str(path) for path in csv or ()], "as_of": as_of}
    state |= {"fault": fault, "fault_times": fault_times, "fault_on": fault_on, "fault_at": fault_at}
    state |= {"slow_seconds": slow_seconds, "retry_after": retry_after}
    try:
        publisher = Publisher(State().changed(state))
        publisher.datastore([])
        server = SimulatorServer(publisher, host=host, port=port)
    except (StateError, OSError, OverflowError) as error:
        print(f"gridloom simulate: {_one_line(error, host, port)}", file=sys.stderr)
        raise typer.Exit(2) from None
    serve(server)


simulate.__doc__ = f"""Play NESO's data portal on this machine, from 2009 to now or from recorded copies.

It prints its base address on one line when it is ready, for GRIDLOOM_NESO_URL.
GET and POST /_simulator/state tell and change its state while it runs.

Faults:

{FAULT_LIST}
"""


def serve(server: SimulatorServer) -> None:
    """Say the address and serve until the process is told to end."""
    with _until_told_to_end(server):
        print(server.url, flush=True)
        server.serve_forever(poll_interval=0.1)
    server.server_close()


@contextmanager
def _until_told_to_end(server: SimulatorServer) -> Iterator[None]:
    def end(_: int, __: FrameType | None) -> None:
        server.stopping.set()
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    yield


def _one_line(error: Exception, host: str, port: int) -> str:
    if isinstance(error, StateError):
        return str(error)
    return f"cannot listen on {host}:{port} ({error}); choose another --port, or 0 for a free one"
