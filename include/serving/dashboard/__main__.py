"""Starts the dashboard: `python -m include.serving.dashboard`. Everything of Streamlit's that we set is here."""

import os
import sys
from pathlib import Path

from include.home import Home
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


def main() -> None:
    """Become Streamlit, on the address of the settings and the port of the home."""
    settings = Settings()
    port = Home.of(settings).port("dashboard") or settings.dashboard_port
    options = {**OPTIONS, "server.address": settings.bind_host, "server.port": str(port)}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    script = Path(__file__).with_name("app.py")
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(script), *flags])  # noqa: S606 - no shell: the program and its flags are ours


if __name__ == "__main__":
    main()
