"""Which source is used: the publisher where it answers, its stand-in where it does not, a hand-set one always."""

from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from include.home import Home
from include.local import source
from include.settings import Settings
from tests.receivers import dribbling

PROBE = "https://api.neso.energy/api/3/action/package_show"


def settings_of(home: Path, **values: Any) -> Settings:
    return Settings.model_validate({"home": home, **values})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.of(settings_of(tmp_path))


@responses.activate
def test_neso_is_used_where_it_answers(home: Home) -> None:
    responses.get(PROBE, json={"success": True, "result": {}})

    choice = source.choose_source(settings_of(home.path), home)

    assert not choice.is_simulated
    assert home.database == "gridloom"


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ConnectionError("no route")},
        {"body": requests.Timeout()},
        {"status": 403, "json": {"success": False}},
        {"status": 302, "headers": {"Location": "https://portal.hotel.example/login"}},
        {"body": "<html>Log in to the hotel's network</html>"},
        {"json": {"success": False}},
        {"json": ["success"]},
        {"body": "[" * 100_000},
    ],
)
def test_the_simulator_is_used_where_it_does_not(home: Home, answer: dict[str, Any]) -> None:
    responses.get(PROBE, **answer)

    choice = source.choose_source(settings_of(home.path), home)

    assert choice.is_simulated
    assert "NESO cannot be reached" in choice.reason
    assert "\n" not in choice.reason
    assert home.database == "gridloom_simulated"


@responses.activate
def test_what_keeps_us_from_neso_is_told_as_a_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with dribbling(b"\x1b[2J[/nothing]" * 5_000 + b"\r\n", b"") as port:
        said = source._probe(f"http://127.0.0.1:{port}")
    assert said is not None
    assert said.isprintable()
    assert len(said) <= 300


def test_an_address_set_by_hand_is_neither_probed_nor_replaced(home: Home) -> None:
    home.choose("gridloom_simulated")
    settings = settings_of(home.path, neso_url="http://neso.test/action")

    source.choose_source(settings, home)

    assert home.database == "gridloom"
    assert source.environment(settings, home) == {}
    assert len(responses.calls) == 0


@pytest.mark.parametrize(
    "begin",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"],
    ids=["head", "body"],
)
def test_an_answer_that_dribbles_is_none(home: Home, monkeypatch: pytest.MonkeyPatch, begin: bytes) -> None:
    monkeypatch.setattr(source, "PROBE_TIMEOUT_S", 0.3)
    with dribbling(begin, b"x") as port:
        assert source._probe(f"http://127.0.0.1:{port}") == "no answer within 0.3 s"


def test_tasks_find_every_publisher_at_the_simulator_and_need_not_spare_it(home: Home) -> None:
    home.choose("gridloom_simulated")
    home.remember_port("simulator", 8002)

    given = source.environment(settings_of(home.path), home)

    assert given == {
        "GRIDLOOM_NESO_URL": "http://127.0.0.1:8002/api/3/action",
        "GRIDLOOM_NESO_DATASTORE_PER_MINUTE": "600",
        "GRIDLOOM_NESO_REQUESTS_PER_SECOND": "100",
        "GRIDLOOM_CARBON_INTENSITY_URL": "http://127.0.0.1:8002/carbon-intensity",
        "GRIDLOOM_CARBON_INTENSITY_REQUESTS_PER_SECOND": "100",
        "GRIDLOOM_ELEXON_URL": "http://127.0.0.1:8002/bmrs/api/v1",
        "GRIDLOOM_ELEXON_REQUESTS_PER_SECOND": "100",
    }


def test_no_publisher_is_simulated_where_neso_answers(home: Home) -> None:
    home.choose("gridloom")

    assert source.environment(settings_of(home.path), home) == {}


@pytest.mark.parametrize(
    ("bind_host", "reached_at"),
    [("0.0.0.0", "127.0.0.1"), ("192.0.2.7", "192.0.2.7")],  # noqa: S104 - given, not bound
)
def test_the_simulator_is_found_at_the_address_it_listens_on(home: Home, bind_host: str, reached_at: str) -> None:
    home.choose("gridloom_simulated")
    home.remember_port("simulator", 8002)

    given = source.environment(settings_of(home.path, bind_host=bind_host), home)

    assert given["GRIDLOOM_NESO_URL"] == f"http://{reached_at}:8002/api/3/action"


def test_what_the_user_set_of_a_publisher_is_kept(home: Home) -> None:
    home.choose("gridloom_simulated")
    home.remember_port("simulator", 8002)
    by_hand = {"neso_datastore_per_minute": 7, "carbon_intensity_url": "http://intensity.test"}

    given = source.environment(settings_of(home.path, **by_hand), home)

    assert not {"GRIDLOOM_NESO_DATASTORE_PER_MINUTE", "GRIDLOOM_CARBON_INTENSITY_URL"} & set(given)
    assert "GRIDLOOM_NESO_URL" in given


@responses.activate
def test_another_publisher_set_by_hand_does_not_spare_neso_the_probe(home: Home) -> None:
    responses.get(PROBE, json={"success": True, "result": {}})

    source.choose_source(settings_of(home.path, carbon_intensity_url="http://intensity.test"), home)

    assert len(responses.calls) == 1
