"""A program that took PostgreSQL's port, and asks those who log in for what it should not be told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HEAD = 4
# Requests for encryption, to which the answer is no.
ASKS_FOR_TLS = {80877103, 80877104}
IN_CLEAR, AS_MD5, LET_IN, SCRAM, SCRAM_THEN_IN_CLEAR = "in clear", "as MD5", "let in", "SCRAM", "SCRAM, then in clear"
WAYS = (IN_CLEAR, AS_MD5, LET_IN, SCRAM, SCRAM_THEN_IN_CLEAR)


@dataclass
class FalsePostgres:
    """What it was told, each message whole."""

    port: int
    told: list[bytes] = field(default_factory=list)
    logins: int = 0


@contextmanager
def false_postgres(way: str, port: int = 0) -> Iterator[FalsePostgres]:
    """Listen for the length of a block."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = FalsePostgres(listening.getsockname()[1])
        threading.Thread(target=_serve, args=(listening, server, way), daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, server: FalsePostgres, way: str) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            with client, suppress(OSError, EOFError):
                client.settimeout(5)
                _ask(client, server, way)


def _ask(client: socket.socket, server: FalsePostgres, way: str) -> None:
    while int.from_bytes(_message(client)[:HEAD]) in ASKS_FOR_TLS:
        client.sendall(b"N")
    server.logins += 1
    if way == IN_CLEAR:
        client.sendall(_authentication(3))
    elif way == AS_MD5:
        client.sendall(_authentication(5, b"salt"))
    elif way == LET_IN:
        client.sendall(_authentication(0) + b"K" + (12).to_bytes(4) + bytes(8) + b"Z" + (5).to_bytes(4) + b"I")
    else:
        client.sendall(_authentication(10, b"SCRAM-SHA-256\0\0"))
        nonce = _answer(client, server).partition(b"r=")[2]
        if way == SCRAM_THEN_IN_CLEAR:
            client.sendall(_authentication(3))
        else:
            client.sendall(_authentication(11, b"r=" + nonce + b"more,s=c2FsdHNhbHQ=,i=1"))
            _answer(client, server)
            client.sendall(_authentication(12, b"v=" + b"A" * 43 + b"=") + _authentication(0))
    _answer(client, server)


def _authentication(code: int, more: bytes = b"") -> bytes:
    return b"R" + (8 + len(more)).to_bytes(4) + code.to_bytes(4) + more


def _answer(client: socket.socket, server: FalsePostgres) -> bytes:
    _exactly(client, 1)
    server.told.append(_message(client))
    return server.told[-1]


def _message(client: socket.socket) -> bytes:
    return _exactly(client, int.from_bytes(_exactly(client, HEAD)) - HEAD)


def _exactly(client: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = client.recv(size - len(read))
        if not more:
            raise EOFError
        read += more
    return read
