"""How the commands speak: results on stdout, everything about them on stderr, one line for an error."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from include.home import Home
from include.operations.runs import written_out
from include.settings import Settings

# A pipe has no width; tables for it should not be folded at 80.
PIPED_WIDTH = 140


def _console(*, is_stderr: bool) -> Console:
    stream = sys.stderr if is_stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(stderr=is_stderr, width=width, highlight=False, soft_wrap=not stream.isatty())


out = _console(is_stderr=False)
about = _console(is_stderr=True)


def open_home() -> tuple[Settings, Home]:
    """Read the settings and open the home."""
    settings = Settings()
    return settings, Home.of(settings)


def show_banner(home: Home, *, why: str | None = None) -> None:
    """Say loudly, on stderr, that the warehouse in use holds simulated rows, where it does."""
    if not home.is_simulated:
        return
    why = escape(why) if why else None
    text = "[bold]SIMULATED DATA[/bold]: the rows come from Gridloom's simulator, not from the publishers"
    if why and about.is_terminal:
        about.print(Panel(f"{text}\n{why}", border_style="yellow", style="yellow"))
    else:
        about.print(f"{text}; {why}" if why else text, style="yellow")


def as_text(said: object) -> Text:
    """Return what came from outside as a cell that shows it: no markup, no links, nothing a terminal would obey."""
    return Text(written_out(str(said)))


def gridloom() -> str:
    """Return the command as the user can type it here."""
    ours = Path(sys.executable).parent / "gridloom"
    found = shutil.which("gridloom")
    return "gridloom" if found is not None and Path(found).samefile(ours) else typed(ours)


def typed(path: Path) -> str:
    """Return a path as short as the user can type it here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn a polite request to end into what Ctrl-C does, so that nothing is left running."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
