"""What a backfill has brought: told while it goes on, and summed up at its end."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from include.commands.terminal import about, as_text, out
from include.intake.backfill import Done

# A pipe gets a line now and then, and no bar.
TOLD_EVERY_S = 15.0
FAILURES_SHOWN = 20


@dataclass
class Report:
    """What has come so far."""

    windows_due: int
    started_at: float = field(default_factory=time.monotonic)
    windows: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """Why windows did not come, or were not published, in a line each."""

    def note(self, done: Done) -> None:
        """Count a window."""
        self.windows[done.dataset] += 1
        if done.counts is None:
            self.failed.append(f"{done.dataset} {done.scope}: {done.error}")
            return
        self.rows[done.dataset] += done.counts.fetched
        self.written[done.dataset] += done.counts.written
        self.rejected[done.dataset] += done.counts.rejected

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.started_at

    @property
    def line(self) -> str:
        """How it goes on, in a line."""
        rows, done = self.rows.total(), self.windows.total()
        left = _duration(self.seconds / max(done, 1) * (self.windows_due - done))
        pace = f"{rows:,} rows, {rows / max(self.seconds, 0.001):,.0f}/s"
        return f"{done:,} of {self.windows_due:,} windows, {pace}, {left} left"

    def print(self) -> None:
        """Print what came, dataset by dataset, and what did not."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("dataset", "windows", "rows", "written", "rejected"):
            table.add_column(heading, justify="left" if heading == "dataset" else "right")
        for dataset in sorted(self.windows):
            counts = (each[dataset] for each in (self.windows, self.rows, self.written, self.rejected))
            table.add_row(dataset, *(f"{count:,}" for count in counts))
        out.print(table)
        for line in self.failed[:FAILURES_SHOWN]:
            out.print(f"[red]✗[/red] {as_text(line)}")
        if len(self.failed) > FAILURES_SHOWN:
            out.print(f"… and {len(self.failed) - FAILURES_SHOWN:,} more; see ops.loads")
        rows = self.rows.total()
        out.print(f"{rows:,} rows in {_duration(self.seconds)}, {rows / max(self.seconds, 0.001):,.0f} a second")


Show = Callable[[Report], None]


@contextmanager
def progress() -> Iterator[Show]:
    """Show how it goes on, for the length of a block: a bar on a terminal, else a line now and then."""
    if about.is_terminal:
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Show]:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("windows, {task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=about) as bar:
        task = bar.add_task("", total=None)

        def show(report: Report) -> None:
            rows = report.rows.total()
            told = f"{rows:,} rows, {rows / max(report.seconds, 0.001):,.0f}/s"
            bar.update(task, total=report.windows_due, completed=report.windows.total(), description=told)

        yield show


def _lines() -> Show:
    told_at = time.monotonic()

    def show(report: Report) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TOLD_EVERY_S:
            told_at = time.monotonic()
            about.print(report.line, markup=False)

    return show


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s" if minutes else f"{left} s"
