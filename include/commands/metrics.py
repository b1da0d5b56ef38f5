"""`gridloom metrics`: serves the platform's metrics to Prometheus until it is told to end."""

from collections.abc import Iterator
from contextlib import contextmanager

from include.commands import terminal
from include.commands.terminal import about
from include.local.errors import LocalError
from include.serving.metrics.collector import WarehouseCollector
from include.serving.metrics.server import PATH, ExposedError, server
from include.warehouse import Connection, Role, Warehouse, session

# Prometheus itself gives up after ten seconds.
STATEMENT_TIMEOUT = "8s"


def serve(*, host: str | None, port: int | None) -> None:
    """Serve until interrupted. Raises LocalError where it cannot listen, or would be open to others."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None

    @contextmanager
    def as_reader() -> Iterator[Connection]:
        # Asked anew each time: the warehouse in use may have been chosen anew.
        warehouse = Warehouse.of(settings, home)
        with session(warehouse.dsn(Role.SCREENS), application="gridloom metrics") as reader:
            with reader.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', %s, false)", (STATEMENT_TIMEOUT,))
            yield reader

    host, port = host or settings.bind_host, settings.metrics_port if port is None else port
    try:
        listening = server(WarehouseCollector(as_reader), host=host, port=port, token=token)
    except (ExposedError, OSError) as error:
        raise LocalError(f"cannot serve metrics on {host}:{port}: {error}") from error
    with listening:
        about.print(f"metrics  http://{host}:{listening.server_port}{PATH}", markup=False)
        listening.serve_forever()
