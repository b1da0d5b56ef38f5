"""Whom alerts reach: a mail server and a webhook, real ones on the loopback, that a test may make refuse."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

LOOPBACK = "127.0.0.1"
PAUSE_S = 0.02


@contextmanager
def dribbling(begin: bytes, piece: bytes) -> Iterator[int]:
    """A server that says something, and then a piece now and then without end; yields its port."""
    is_over = threading.Event()

    class Dribble(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            said = begin
            with suppress(ConnectionError):
                while True:
                    self.request.sendall(said)
                    if is_over.wait(PAUSE_S):
                        return
                    said = piece

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Dribble) as server:
        try:
            yield from _serving(server, server.server_address[1])
        finally:
            is_over.set()


@dataclass
class Mailbox:
    """What a mail server took, and how it answers the next recipients: 250 takes them."""

    port: int = 0
    answer: str = "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"


@dataclass(frozen=True)
class Posted:
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Hook:
    """What a webhook was sent, and the code with which it answers."""

    port: int = 0
    code: int = 204
    posts: list[Posted] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/hook"


@contextmanager
def running_mail_server() -> Iterator[Mailbox]:
    """A mail server that offers neither TLS nor a login."""
    mailbox = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail.test")
            while line := self.rfile.readline().decode().strip():
                if line.upper().startswith("QUIT"):
                    self._say("221 bye")
                    return
                self._answer(line)

        def _answer(self, line: str) -> None:
            if line.upper().startswith("RCPT"):
                mailbox.recipients.append(line.split("<")[1].split(">", maxsplit=1)[0])
                self._say(mailbox.answer)
            elif line.upper() == "DATA":
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            else:
                self._say("250 mail.test")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            mailbox.mails.append(mail)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Session) as server:
        mailbox.port = server.server_address[1]
        yield from _serving(server, mailbox)


@contextmanager
def running_webhook() -> Iterator[Hook]:
    """A receiver of webhooks."""
    hook = Hook()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.posts.append(Posted({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.code)
            self.send_header("location", hook.url)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((LOOPBACK, 0), Receiver) as server:
        hook.port = server.server_address[1]
        yield from _serving(server, hook)


def _serving(server: socketserver.TCPServer, receiver: Any) -> Iterator[Any]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
