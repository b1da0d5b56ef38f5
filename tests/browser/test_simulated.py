"""A dashboard alone: its banner of simulated data, on every page and screen, and the names it answers to."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from tests.accessibility import Scheme, Size, on_screens, screen
from tests.machine import port_for, wait_until
from tests.onlooker import PATIENCE_MS, drawn, go_to, opened

PORT = port_for("page")
# As its users reach it, through a proxy.
PROXY = "grid.example.org"
SHORT_PX = 220


@dataclass
class Dashboard:
    """A dashboard in a home that has chosen simulated data, and has no server: the banner waits for none."""

    home: Home
    process: "subprocess.Popen[bytes] | None" = None
    url: str = f"http://127.0.0.1:{PORT}"

    def start(self) -> None:
        own = {
            "GRIDLOOM_HOME": str(self.home.path),
            "GRIDLOOM_DASHBOARD_PORT": str(PORT),
            "GRIDLOOM_DASHBOARD_URL": f"https://{PROXY}",
            # Nobody listens there, whatever else runs on this machine.
            "GRIDLOOM_POSTGRES_PORT": "1",
            "GRIDLOOM_ENV_FILE": os.devnull,
        }
        command = [sys.executable, "-m", "include.serving.dashboard"]
        with (self.home.path / "dashboard.log").open("a") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        wait_until(lambda: _answers(f"{self.url}/_stcore/health"), what="the dashboard answers")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def dashboard(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    home = Home(tmp_path_factory.mktemp("simulated"))
    home.choose(SIMULATED_DATABASE)
    dashboard = Dashboard(home)
    try:
        dashboard.start()
        yield dashboard
    finally:
        dashboard.stop()


@pytest.fixture
def simulated(dashboard: Dashboard) -> str:
    return dashboard.url


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def told(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="SIMULATED DATA")


def test_every_page_has_the_banner_of_simulated_data(page: Page, simulated: str) -> None:
    opened(page, simulated)
    for name in ("Revisions", "Data quality", "Runs", "Explorer", "Generation"):
        go_to(page, name)
        page.wait_for_url(f"{simulated}/{name.split()[-1].lower()}*")
        drawn(page)
        expect(told(page)).to_be_in_viewport(ratio=1)
        assert page.title().startswith("SIMULATED")


@on_screens("name", ["generation"])
def test_the_banner_can_be_read_and_stays_when_a_reader_scrolls(
    browser: Browser, simulated: str, name: str, size: Size, scheme: Scheme
) -> None:
    width, _ = size
    with screen(browser, (width, SHORT_PX), scheme) as page:
        opened(page, f"{simulated}/{name}")
        expect(told(page)).to_be_in_viewport(ratio=1)
        assert Axe().run(page, context=".simulated").response["violations"] == []
        page.mouse.move(width / 2, SHORT_PX - 1)
        page.mouse.wheel(0, 10_000)
        expect(page.locator("footer")).to_be_in_viewport()
        expect(told(page)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}"),
        ("localhost:{port}", "http://localhost:{port}"),
        ("[::1]:{port}", "http://[::1]:{port}"),
        (PROXY, f"https://{PROXY}"),
        ("127.0.0.1:{port}", f"https://{PROXY}"),
    ],
)
@pytest.mark.usefixtures("dashboard")
def test_its_own_names_are_let_in(host: str, origin: str) -> None:
    assert handshake(host.format(port=PORT), origin.format(port=PORT)) == "101"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        # Its name leads to our address by now, as by DNS rebinding.
        ("evil.example:{port}", "http://evil.example:{port}"),
        ("127.0.0.1.evil.example", "http://127.0.0.1.evil.example"),
        (f"{PROXY}.evil.example", f"https://{PROXY}.evil.example"),
        ("127.0.0.1@evil.example:{port}", "http://127.0.0.1@evil.example:{port}"),
        ("0.0.0.0:{port}", "http://0.0.0.0:{port}"),
        ("", "http://evil.example"),
        # A page of another asks for ours.
        ("127.0.0.1:{port}", "http://evil.example"),
        ("127.0.0.1:{port}", "null"),
        (PROXY, f"https://{PROXY}.evil.example"),
    ],
)
@pytest.mark.usefixtures("dashboard")
def test_no_other_name_is_let_in(host: str, origin: str) -> None:
    assert handshake(host.format(port=PORT), origin.format(port=PORT)) == "403"


def test_nobody_else_may_steer_it(simulated: str) -> None:
    """Streamlit lets any app of its cloud do so."""
    told = requests.get(f"{simulated}/_stcore/host-config", timeout=5).json()
    assert told["allowedOrigins"] == [f"https://{PROXY}"]


def handshake(host: str, origin: str) -> str:
    """Ask to open the socket over which all rows go, as a browser does; return the status of the answer."""
    asked = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE_MS / 1000) as connection:
        connection.sendall(asked.encode())
        return connection.recv(1024).decode().split()[1]


def test_an_open_page_outlives_its_dashboard(page: Page, dashboard: Dashboard) -> None:
    opened(page, f"{dashboard.url}/?range=30d")
    dashboard.stop()
    dashboard.home.choose(REAL_DATABASE)
    dashboard.start()
    # Nobody reloads it.
    expect(told(page)).to_have_count(0)
    # While the page is drawn anew, what stood there before stands for a moment too.
    expect(page.get_by_test_id("stAlert")).to_have_count(1)
    expect(page.get_by_test_id("stAlert")).to_contain_text("The warehouse cannot be reached.")
    expect(page.get_by_role("button", name="Operations")).to_be_visible()
    assert page.url == f"{dashboard.url}/?range=30d"
