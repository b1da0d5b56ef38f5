"""The names the dashboard is told to answer to; that it answers to no other is tested with a browser's handshake."""

import pytest

from include.serving.dashboard.__main__ import own_names
from include.settings import Settings

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@pytest.mark.parametrize(
    ("given", "hosts", "origin"),
    [
        ({}, LOOPBACK, "http://127.0.0.1:8501"),
        ({"bind_host": "0.0.0.0"}, LOOPBACK, "http://127.0.0.1:8501"),  # noqa: S104 - told, not bound
        ({"bind_host": "192.0.2.7"}, {*LOOPBACK, "192.0.2.7"}, "http://127.0.0.1:8501"),
        ({"dashboard_url": "https://Grid.test:444/a"}, {*LOOPBACK, "grid.test"}, "https://Grid.test:444"),
    ],
)
def test_it_has_the_loopbacks_names_and_those_of_the_settings(given, hosts, origin):
    told = list(own_names(Settings.model_validate(given), 8501))
    assert {value for name, value in told if name == "server.allowedHosts"} == hosts
    assert {value for name, value in told if name != "server.allowedHosts"} == {origin}


def test_an_address_without_a_name_is_refused():
    with pytest.raises(SystemExit, match="GRIDLOOM_DASHBOARD_URL must be"):
        list(own_names(Settings.model_validate({"dashboard_url": "grid.example.org"}), 8501))
