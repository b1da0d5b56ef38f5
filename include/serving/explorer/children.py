"""A process for each query: whatever a query does to it, who asked stands free, and the process is gone in time.

A server that has imported all a query needs forks them, within milliseconds. It is started at the first query and ends
with the process that started it. It holds no secret: a login comes with each query, and goes with its process.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

from include.programs import python
from include.serving.explorer import child

_CHUNK = 1 << 20
_lock = threading.Lock()
_servers: list[socket.socket] = []


def ask(request: bytes, *, within_s: float, most_bytes: int) -> bytes:
    """Hand a request to a process of its own and return its answer, or what there is of it when the time is over.

    An answer that is empty is that of a process that died. Raises ValueError for one of more bytes than may be.
    """
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _hand_over(theirs)
        deadline = time.monotonic() + within_s
        with suppress(BrokenPipeError, TimeoutError):
            ours.settimeout(within_s)
            ours.sendall(request)
            ours.shutdown(socket.SHUT_WR)
        return _read(ours, deadline, most_bytes)


def get_ready() -> None:
    """Start the server, if it does not run, so that the first query need not wait for it."""
    with _lock:
        if not _servers:
            _start()


def _read(connection: socket.socket, deadline: float, most_bytes: int) -> bytes:
    answer = bytearray()
    with suppress(TimeoutError, ConnectionResetError):
        while (left_s := deadline - time.monotonic()) > 0:
            connection.settimeout(left_s)
            chunk = connection.recv(_CHUNK)
            if not chunk:
                break
            answer += chunk
            if len(answer) > most_bytes:
                raise ValueError(f"an answer of more than {most_bytes} bytes")
    return bytes(answer)


def _hand_over(connection: socket.socket) -> None:
    """Have a process forked that answers on a connection."""
    with _lock:
        try:
            _send(connection)
        except OSError:
            # Somebody has ended the server.
            _stop()
            _send(connection)


def _send(connection: socket.socket) -> None:
    server = _servers[0] if _servers else _start()
    socket.send_fds(server, [b"."], [connection.fileno()])


def _start() -> socket.socket:
    ours, theirs = socket.socketpair()
    with theirs:
        command = python("include.serving.explorer.children", str(theirs.fileno()))
        # None of our variables: what a query reaches in its process is its own login.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        subprocess.Popen(command, env=kept, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])  # noqa: S603 - ours
    _servers.append(ours)
    return ours


@atexit.register
def _stop() -> None:
    """Let the server go, which ends it."""
    while _servers:
        _servers.pop().close()


def main(descriptor: int) -> None:
    """Fork a process for each connection that is handed over, until whoever hands them over is gone."""
    # Their ends are nobody's business: the kernel need not keep them for us.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child.warm_up()
    with socket.socket(fileno=descriptor) as asking:
        while True:
            _, connections, _, _ = socket.recv_fds(asking, 1, 1)
            if not connections:
                return
            if os.fork() == 0:
                asking.close()
                child.answer(socket.socket(fileno=connections[0]))
            os.close(connections[0])


if __name__ == "__main__":
    main(int(sys.argv[1]))
