"""Starts the dashboard: `python -m include.serving.dashboard`. Everything of Streamlit's that we set is here."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from include.home import Home
from include.programs import python
from include.settings import Settings

OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "server.maxUploadSize": "1",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    # What went wrong is written to the log; readers get a sentence.
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#00598c",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f3f6f8",
    "theme.light.textColor": "#17212b",
    "theme.dark.primaryColor": "#6cc3f5",
    "theme.dark.backgroundColor": "#10161c",
    "theme.dark.secondaryBackgroundColor": "#1b242d",
    "theme.dark.textColor": "#e6edf3",
    "theme.light.linkColor": "#00598c",
    "theme.dark.linkColor": "#8ecbf5",
    "theme.light.codeTextColor": "#17212b",
    "theme.dark.codeTextColor": "#e6edf3",
}
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def main() -> None:
    """Become Streamlit, on the address of the settings and the port of the home."""
    settings = Settings()
    port = Home.of(settings).port("dashboard") or settings.dashboard_port
    options = {**OPTIONS, "server.address": settings.bind_host, "server.port": str(port)}
    named = [*options.items(), *own_names(settings, port)]
    flags = [part for name, value in named for part in (f"--{name}", value)]
    script = Path(__file__).with_name("app.py")
    os.execv(sys.executable, python("streamlit", "run", str(script), *flags))  # noqa: S606 - no shell: the program and its flags are ours


def own_names(settings: Settings, port: int) -> Iterator[tuple[str, str]]:
    """Give the options that tell Streamlit its names: there is no login, and any other name may be led here.

    A page that was opened under its own name could otherwise read all there is, once that name leads to our address.
    """
    url = urlsplit(settings.dashboard_url or f"http://127.0.0.1:{port}")
    if not url.hostname:
        sys.exit("GRIDLOOM_DASHBOARD_URL must be as browsers have it: https://grid.example.org")
    hosts = {"127.0.0.1", "localhost", "::1", settings.bind_host, url.hostname}
    for host in sorted(host for host in hosts if host and host not in EVERY_ADDRESS):
        yield "server.allowedHosts", host
    origin = f"{url.scheme}://{url.netloc}"
    # A proxy may pass its own name on, or ours; the browser tells of the proxy's either way.
    yield "server.corsAllowedOrigins", origin
    # By default any app in Streamlit's cloud may frame the dashboard and steer it.
    yield "client.allowedOrigins", origin


if __name__ == "__main__":
    main()
