"""Alerts by mail."""

import pytest

from include.alerts import mail
from include.alerts.alert import Alert, Kind
from include.alerts.errors import ChannelSettingsError, UnsentError
from include.alerts.mail import Mail
from tests.hostile_texts import HOSTILE
from tests.receivers import dribbling
from tests.unit.alerts.conftest import AT


def test_a_mail_names_what_failed_why_and_where_to_look(mailbox, payload):
    Mail.of(mailbox.url, "gridloom@grid.test", "a@grid.test, b@grid.test").send("msg_1", payload, AT)

    [sent] = mailbox.mails
    assert mailbox.recipients == ["a@grid.test", "b@grid.test"]
    assert sent["subject"] == "[Gridloom] run failed: neso_generation_mix"
    assert sent["message-id"] == "<msg_1@gridloom>"
    text = sent.get_content()
    assert "failed in publish: boom" in text
    assert "http://airflow.test:8080/dags/neso_generation_mix (the run-book" in text
    assert "http://airflow.test:8080/dags/neso_generation_mix/runs/manual__2026%2B00%3A00" in text


def test_what_a_publisher_says_is_a_line_of_text_in_a_mail(mailbox):
    for text in HOSTILE.values():
        alert = Alert(Kind.DRIFT_FOUND, "neso_generation_mix", "columns", text)
        payload = alert.payload(airflow_url=None, raised_at=AT, first_raised_at=AT, times_raised=1)
        Mail.of(mailbox.url, "gridloom@grid.test", "a@grid.test").send("msg_1", payload, AT)

    assert set(mailbox.recipients) == {"a@grid.test"}
    assert len(mailbox.mails) == len(HOSTILE)
    for received, text in zip(mailbox.mails, HOSTILE.values(), strict=True):
        assert "bcc" not in received
        assert (received["subject"], received.get_content_type()) == (
            "[Gridloom] drift found: neso_generation_mix",
            "text/plain",
        )
        line = received.get_content().splitlines()[0]
        assert line.isprintable()
        assert line == " ".join(text.split()) or not " ".join(text.split()).isprintable()


@pytest.mark.parametrize("answer", ["451 later", "550 no such user"])
def test_a_server_that_refuses_counts_as_not_sent(mailbox, payload, answer):
    mailbox.answer = answer
    with pytest.raises(UnsentError, match=answer.split()[0]):
        Mail.of(mailbox.url, "gridloom@grid.test", "a@grid.test").send("msg_1", payload, AT)


def test_a_server_that_is_away_counts_as_not_sent(payload):
    with pytest.raises(UnsentError, match="ConnectionRefusedError"):
        Mail.of("smtp://127.0.0.1:1", "gridloom@grid.test", "a@grid.test").send("msg_1", payload, AT)


@pytest.mark.parametrize(("begin", "piece"), [(b"220", b"-"), (b"220-mail.test\r\n", b"220-and more\r\n")])
def test_a_server_that_never_ends_its_answer_counts_as_not_sent(payload, monkeypatch, begin, piece):
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.3)
    with dribbling(begin, piece) as port, pytest.raises(UnsentError, match="timed out"):
        Mail.of(f"smtp://127.0.0.1:{port}", "gridloom@grid.test", "a@grid.test").send("msg_1", payload, AT)


def test_a_password_is_never_sent_in_the_clear(mailbox, payload):
    way = Mail.of(f"smtp://user:canary@127.0.0.1:{mailbox.port}", "gridloom@grid.test", "a@grid.test")
    with pytest.raises(UnsentError, match="a password is not sent in the clear") as raised:
        way.send("msg_1", payload, AT)
    assert mailbox.mails == []
    assert "canary" not in f"{raised.value} {way!r}"


@pytest.mark.parametrize(
    "url", ["", "mail.test", "http://mail.test", "smtp://", "smtp://mail.test:port", "smtp://u:p@[::1"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ChannelSettingsError, match="GRIDLOOM_ALERT_SMTP_URL must be"):
        Mail.of(url, "gridloom@grid.test", "a@grid.test")


@pytest.mark.parametrize(("sender", "recipients"), [(None, "a@grid.test"), ("b@grid.test", None), ("b@grid.test", ",")])
def test_a_server_alone_is_not_enough(sender, recipients):
    with pytest.raises(ChannelSettingsError, match="GRIDLOOM_ALERT_MAIL_FROM"):
        Mail.of("smtp://mail.test", sender, recipients)


@pytest.mark.parametrize(
    ("host", "sender", "recipients"),
    [("a..test", "b@grid.test", "a@grid.test"), (None, "b@grid.test\nBcc: c@grid.test", "a@grid.test")],
)
def test_settings_that_no_mail_can_have_count_as_not_sent(mailbox, payload, host, sender, recipients):
    server = f"smtp://{host}" if host else mailbox.url
    with pytest.raises(UnsentError):
        Mail.of(server, sender, recipients).send("msg_1", payload, AT)
    assert mailbox.recipients == []


def test_a_server_that_says_too_much_counts_as_not_sent(payload, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT_S", 30)
    more = b"220-and more\r\n" * 100_000
    with dribbling(more, more) as port, pytest.raises(UnsentError, match="more than 1,048,576 bytes"):
        Mail.of(f"smtp://127.0.0.1:{port}", "gridloom@grid.test", "a@grid.test").send("msg_1", payload, AT)
