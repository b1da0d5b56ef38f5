"""How publishers are served in one process: each at its path, steered by its name."""

import gzip
import json
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
import requests

from include.simulator.faults import ON_THE_WAY, Fault
from include.simulator.publisher import Publisher
from include.simulator.reply import Reply, Request
from include.simulator.server import SimulatorServer
from include.simulator.state import State
from tests.unit.simulator.conftest import Client, serving


@dataclass(frozen=True)
class EchoState(State):
    says: str = "echo"
    times: int = 1


class Echo(Publisher[EchoState]):
    """Says what its state says, at a path of its own."""

    title = "An echo"
    faults: ClassVar = {fault.name: fault for fault in ON_THE_WAY}
    kinds = ("words",)
    paths = ("/echo",)

    @classmethod
    def standard_state(cls) -> EchoState:
        return EchoState()

    def action_of(self, request: Request) -> str:
        return request.path.rpartition("/")[2]

    def kind_of(self, action: str) -> str | None:
        return None if action == "unlisted" else "words"

    def reply(self, request: Request, faults: list[Fault]) -> Reply:
        said = (self.state.says * self.state.times).encode()
        if request.path.endswith("/pieces"):
            return Reply(200, b"", pieces=(said for _ in range(4)))
        if request.path.endswith("/all"):
            return Reply(200, "+".join(request.all_of("word")).encode())
        return Reply(200, said)

    def error(self, status: int, message: str) -> Reply:
        return Reply(status, message.encode())

    def prepare(self) -> None:
        pass

    def published(self) -> dict[str, object]:
        return {"length": len(self.state.says)}


class Hollow(Echo):
    """Another publisher, beside the first."""

    paths = ("/hollow/v1", "/hollow/files")


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with serving(echo=Echo(EchoState()), hollow=Hollow(EchoState(says="hollow"))) as served:
        yield served


@pytest.fixture
def echo(server: SimulatorServer) -> Client:
    return Client(server, "echo")


@pytest.fixture
def hollow(server: SimulatorServer) -> Client:
    return Client(server, "hollow")


def test_each_publisher_answers_at_its_own_paths(server, echo, hollow):
    assert (echo.url, hollow.url) == (f"{server.url}/echo", f"{server.url}/hollow/v1")
    assert (echo.get("a").text, hollow.get("b").text) == ("echo", "hollow")
    assert requests.get(f"{server.url}/hollow/files/a.csv", timeout=60).text == "hollow"


def test_the_simulator_tells_the_address_of_each_publisher(server, echo, hollow):
    assert requests.get(f"{server.url}/_simulator", timeout=60).json() == {"echo": echo.url, "hollow": hollow.url}


def test_a_path_where_nobody_is_mounted_is_not_found(server):
    for path in ("/", "/echoes/a", "/hollow/v2/a", "/_simulator/echo/nothing", "/_simulator/nobody/state"):
        assert requests.get(server.url + path, timeout=60).status_code == 404


@pytest.mark.parametrize(
    "target", [b"http://[::1", b"//[", b"/%00", b"/echoes/%ff", b"/\xff", b"*", b"/%ed%a0%80?a=%00"]
)
def test_an_address_that_is_none_is_not_found(server, target):
    with socket.create_connection(server.server_address[:2], timeout=60) as asking, asking.makefile("rb") as answer:
        asking.sendall(b"GET %b HTTP/1.1\r\nConnection: close\r\n\r\n" % target)
        assert answer.readline() == b"HTTP/1.1 404 Not Found\r\n"


def test_a_publisher_is_steered_without_the_others(echo, hollow):
    told = echo.change(says="well", fault="500", now="2026-01-01").json()

    assert (told["state"]["says"], told["length"], told["clock"]) == ("well", 4, "2026-01-01T00:00:00+00:00")
    assert (echo.get("a").status_code, hollow.get("a").status_code) == (500, 200)
    assert hollow.told()["state"]["says"] == "hollow"


def test_null_sets_a_setting_back_to_its_default(echo):
    echo.change(says="well", times=3)

    assert echo.change(says=None).json()["state"] | {"seed": 0} == echo.told()["state"]
    assert echo.get("a").text == "echoechoecho"


def test_a_state_that_makes_no_sense_is_refused_and_changes_nothing(echo):
    before = echo.told()["state"]

    for wanted in ({"fault": "flood"}, {"colour": "red"}, {"now": "soon"}, {"fault_on": "songs"}, {"times": "x"}):
        response = echo.change(**wanted)
        assert response.status_code == 400
        assert response.json()["error"]
    assert echo.told()["state"] == before


def test_what_is_posted_anywhere_else_is_refused(server):
    assert requests.post(f"{server.url}/echo/a", json={}, timeout=60).status_code == 400
    assert requests.post(f"{server.url}/_simulator/echo/state", data="{", timeout=60).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Host": "evil.example:8001"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "["},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_page_in_a_browser_steers_it(server, headers, method):
    for path in ("", "/echo/state", "/echo/requests"):
        answer = requests.request(method, f"{server.url}/_simulator{path}", data="{}", headers=headers, timeout=10)
        assert answer.status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "[::1]:8001", "localhost", "simulator:8001"])
def test_it_is_steered_by_its_own_names(server, host):
    assert requests.get(f"{server.url}/_simulator", headers={"Host": host}, timeout=10).status_code == 200


def test_what_is_nested_too_deeply_is_refused(server):
    answer = requests.post(f"{server.url}/_simulator/echo/state", data="[" * 100_000, timeout=10)
    assert answer.status_code == 400


def test_it_remembers_what_each_was_asked_until_told_to_forget(echo, hollow):
    echo.change(fault="500", fault_times=1)
    echo.get("first", colour="red")
    echo.get("second")
    echo.get("unlisted")

    assert [(each["action"], each["status"], each["faults"]) for each in echo.asked()] == [
        ("first", 500, ["500"]),
        ("second", 200, []),
    ]
    assert (echo.asked()[0]["path"], echo.asked()[0]["parameters"]) == ("/echo/first", {"colour": "red"})
    assert hollow.asked() == []
    echo.session.delete(f"{echo.steering_url}/requests", timeout=60)
    assert echo.asked() == []


def test_a_fault_heals_after_its_times_and_begins_anew_when_set_again(echo):
    echo.change(fault="500", fault_times=2)
    assert [echo.get("a").status_code for _ in range(3)] == [500, 500, 200]

    echo.change(now="2026-01-01")
    assert echo.get("a").status_code == 200
    echo.change(fault_times=1)
    assert [echo.get("a").status_code for _ in range(2)] == [500, 200]


def test_bodies_are_packed_for_those_who_take_them(echo):
    echo.change(times=1_000)

    asked = urllib.request.Request(f"{echo.url}/a", headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=60) as response:  # noqa: S310
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(response.read()) == b"echo" * 1_000
    with urllib.request.urlopen(f"{echo.url}/a", timeout=60) as response:  # noqa: S310
        assert response.headers["Content-Encoding"] is None


def test_a_body_in_pieces_is_sent_in_chunks_and_the_connection_goes_on(echo):
    first, second = (echo.get("pieces") for _ in range(2))

    assert (first.text, first.headers["Transfer-Encoding"]) == ("echo" * 4, "chunked")
    assert (second.text, echo.get("a").text) == ("echo" * 4, "echo")


def test_a_body_in_pieces_is_cut_off_before_its_last_chunk_or_honestly(echo):
    echo.change(fault="cut-off", fault_times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        echo.get("pieces")
    echo.change(fault="cut-off-honest", fault_times=1)
    assert echo.get("pieces").text == "echo" * 2
    echo.change(fault="empty", fault_times=1)
    assert echo.get("pieces").text == ""
    echo.change(fault="trickle", fault_times=1, slow_seconds=0.02)
    assert echo.get("pieces").text == "echo" * 4


def test_a_long_body_in_pieces_is_cut_off_long_before_its_end(echo):
    echo.change(says="x" * 1_024, times=2_048, fault="cut-off-honest", fault_times=1)

    assert len(echo.get("pieces").content) == 1 << 21


def test_a_parameter_that_is_given_several_times_has_all_its_values(echo):
    assert echo.get("all", word=["well", "then"], other=1).text == "well+then"


def test_the_state_is_json_that_can_be_sent_back(echo):
    told = json.loads(json.dumps(echo.told()["state"]))

    assert echo.change(**told).json()["state"] == told
