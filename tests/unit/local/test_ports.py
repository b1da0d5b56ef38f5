"""A service keeps its port while it can, and falls to a free one where it cannot."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.home import Home
from include.local.ports import choose_port, first_free, is_free

HOST = "127.0.0.1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_port_that_was_asked_for_is_given_and_remembered(home: Home) -> None:
    asked = first_free(HOST, [])

    assert choose_port(home, "airflow", host=HOST, asked=asked, is_explicit=False) == asked
    assert home.port("airflow") == asked


def test_a_port_that_is_taken_falls_to_a_free_one(home: Home, taken: int) -> None:
    given = choose_port(home, "airflow", host=HOST, asked=taken, is_explicit=True)

    assert given != taken
    assert is_free(HOST, given)


def test_a_remembered_port_comes_before_the_default(home: Home) -> None:
    remembered = first_free(HOST, [])
    home.remember_port("airflow", remembered)

    assert choose_port(home, "airflow", host=HOST, asked=first_free(HOST, []), is_explicit=False) == remembered


def test_a_port_set_by_hand_comes_before_the_remembered_one(home: Home) -> None:
    home.remember_port("airflow", first_free(HOST, []))
    asked = first_free(HOST, [])

    assert choose_port(home, "airflow", host=HOST, asked=asked, is_explicit=True) == asked
