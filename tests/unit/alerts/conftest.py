"""Real receivers of alerts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from include.alerts.alert import Alert, Kind
from tests.receivers import Hook, Mailbox, running_mail_server, running_webhook

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_webhook() as hook:
        yield hook


@pytest.fixture
def payload() -> dict[str, Any]:
    alert = Alert(Kind.RUN_FAILED, "neso_generation_mix", "publish", "failed in publish:\n boom", "manual__2026+00:00")
    return alert.payload(airflow_url="http://airflow.test:8080/", raised_at=AT, first_raised_at=AT, times_raised=2)
