"""Alerts by mail, through `smtp://` (STARTTLS where the server offers it) or `smtps://` (TLS from the start)."""

import io
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from include import outbound
from include.alerts.alert import in_words
from include.alerts.errors import ChannelSettingsError, UnsentError

TIMEOUT_S = 15
# Lines of an answer are kept until its last one.
MOST_ANSWERED_BYTES = 1 << 20
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """A server, whom the mail is from, and whom it is for."""

    server: SplitResult = field(repr=False)
    sender: str
    recipients: tuple[str, ...]

    @classmethod
    def of(cls, url: str, sender: str | None, recipients: str | None) -> "Mail":
        """Return the way to some mailboxes. Raises ChannelSettingsError where the settings are not whole."""
        server = _read(url)
        if server is None or server.scheme not in PORTS or not server.hostname:
            raise ChannelSettingsError("GRIDLOOM_ALERT_SMTP_URL must be smtp[s]://[user:password@]host[:port]")
        given = tuple(each.strip() for each in (recipients or "").split(",") if each.strip())
        if not sender or not given:
            raise ChannelSettingsError("GRIDLOOM_ALERT_SMTP_URL needs GRIDLOOM_ALERT_MAIL_FROM and …_MAIL_TO beside it")
        return cls(server, sender, given)

    def send(self, message_id: str, payload: Mapping[str, Any], at: datetime) -> None:
        """Hand a mail to the server. Raises UnsentError where it does not take it for every recipient."""
        try:
            with self._connected() as smtp:
                refused = smtp.send_message(self._compose(message_id, payload, at))
        # A ValueError: a challenge that is none, or text that cannot be said in the encoding of a server.
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise UnsentError(f"mail through {self.server.hostname}: {_why(error)}") from error
        if refused:
            raise UnsentError(f"mail through {self.server.hostname}: refused for {', '.join(sorted(refused))}")

    def _compose(self, message_id: str, payload: Mapping[str, Any], at: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, ", ".join(self.recipients)
        mail["Date"], mail["Message-ID"] = format_datetime(at), f"<{message_id}@gridloom>"
        # No holiday notice is sent in answer to this.
        mail["Auto-Submitted"] = "auto-generated"
        mail["Subject"], text = in_words(payload)
        mail.set_content(text)
        return mail

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        host, port = self.server.hostname or "", self.server.port or PORTS[self.server.scheme]
        if self.server.scheme == "smtps":
            smtp: smtplib.SMTP = _TlsTalk(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        else:
            smtp = _Talk(host, port, timeout=TIMEOUT_S)
        with smtp:
            self._log_in(smtp)
            yield smtp

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        is_private = self.server.scheme == "smtps"
        smtp.ehlo_or_helo_if_needed()
        if not is_private and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            is_private = True
        if self.server.username:
            if not is_private:
                raise smtplib.SMTPNotSupportedError("it offers no TLS, and a password is not sent in the clear")
            smtp.login(unquote(self.server.username), unquote(self.server.password or ""))


class _Talk(smtplib.SMTP):
    """Waits for the end of each answer as long as for its beginning, however many lines it has."""

    def getreply(self) -> tuple[int, bytes]:
        """Return an answer. Raises SMTPServerDisconnected where it does not come in time."""
        if self.file is None and self.sock is not None:
            self._reader = outbound.TimelyReader(self.sock, MOST_ANSWERED_BYTES)
            self.file = io.BufferedReader(self._reader)
        self._reader.begin()
        return super().getreply()


class _TlsTalk(_Talk, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


def _read(url: str) -> SplitResult | None:
    """Return the parts of an address, None where it or its port is none."""
    try:
        server = urlsplit(url)
        has_port = server.port is None or server.port > 0
    except ValueError:
        return None
    return server if has_port else None


def _why(error: Exception) -> str:
    """Return the reason in one line. Of a refused login only the code: servers echo what they were given.

    Of text that cannot be said only the kind: it may be a password.
    """
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the login is refused ({error.smtp_code})"
    if isinstance(error, UnicodeError):
        return type(error).__name__
    return " ".join(f"{type(error).__name__}: {error}".split())
