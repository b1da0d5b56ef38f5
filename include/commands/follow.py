"""Shows a run of a DAG while it goes on: a live table on a terminal, a line for each change elsewhere."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import requests
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from include.commands.terminal import about, as_text
from include.home import Home
from include.local.airflow_api import FINISHED, AirflowApi, TaskState
from include.local.errors import LocalError
from include.local.logs import Line, RunLogs

Told = TypeVar("Told")

POLL_S = 0.5
API_AWAY_S = 90
SYMBOLS = {
    "success": ("✓", "green"),
    "failed": ("✗", "red"),
    "upstream_failed": ("✗", "red"),
    "skipped": ("–", "dim"),
    "up_for_retry": ("↻", "yellow"),
    "running": ("▸", "cyan"),
}
# Loggers whose lines tell what a task is doing; the others tell how Airflow does it.
OURS = ("include", "dags", "gridloom")
# Told on request only: dozens of lines a build; what fails is told in any case.
DETAILED = frozenset({"include.transformation.dbt"})
QUIET = frozenset({"waiting", "scheduled", "queued", "None"})


@dataclass(frozen=True)
class Outcome:
    """How a run ended; where it failed, the tasks that did, in the order of the DAG, and the last error each logged."""

    succeeded: bool
    failed_tasks: tuple[TaskState, ...] = ()
    last_errors: Mapping[str, str] = field(default_factory=dict)
    """By the task's name."""


@dataclass
class View:
    """What is shown of a run."""

    order: list[str]
    is_verbose: bool
    states: dict[str, TaskState] = field(default_factory=dict)
    last_words: dict[str, str] = field(default_factory=dict)
    last_errors: dict[str, str] = field(default_factory=dict)

    def note(self, states: list[TaskState]) -> list[TaskState]:
        """Take in how the tasks stand; return those that changed."""
        known = self.states
        self.states = {state.name: state for state in states}
        return [
            state
            for state in sorted(states, key=self._position)
            if state.name not in known or (known[state.name].state, known[state.name].attempt) != _standing(state)
        ]

    def hear(self, line: Line) -> bool:
        """Take in a line of a task's log; tell whether it is worth showing."""
        is_warning = line.level in ("error", "critical", "warning") and not line.logger.startswith("task.std")
        is_ours = is_warning or line.logger.split(".")[0] in OURS
        if line.level in ("error", "critical"):
            self.last_errors[line.task] = line.text
        if is_ours:
            self.last_words[line.task] = line.text.splitlines()[0] if line.text else ""
        return (is_ours and (is_warning or line.logger not in DETAILED)) or self.is_verbose

    def outcome(self, *, succeeded: bool) -> Outcome:
        """Return how the run ended."""
        if succeeded:
            return Outcome(succeeded)
        failed = (state for state in sorted(self.states.values(), key=self._position) if state.state == "failed")
        return Outcome(succeeded, tuple(failed), self.last_errors)

    def table(self) -> Table:
        """Return the tasks as they stand, in the order of the DAG."""
        table = Table.grid(padding=(0, 2))
        for state in sorted(self.states.values(), key=self._position):
            words = Text(self.last_words.get(state.name, ""), style="dim", overflow="ellipsis", no_wrap=True)
            table.add_row(_sign(state), state.name, _word(state), _duration(state), words)
        return table

    def _position(self, state: TaskState) -> tuple[int, int]:
        return (self.order.index(state.task_id) if state.task_id in self.order else 0, state.map_index)


def follow(api: AirflowApi, home: Home, dag_id: str, run_id: str, *, is_verbose: bool) -> Outcome:
    """Show a run until it ends, and return how it ended."""
    view = View(api.task_order(dag_id), is_verbose)
    logs = RunLogs(home, dag_id, run_id)
    if not about.is_terminal:
        return _follow(api, dag_id, run_id, view, logs, live=None)
    with Live(console=about, refresh_per_second=8, transient=False) as live:
        return _follow(api, dag_id, run_id, view, logs, live=live)


def _follow(api: AirflowApi, dag_id: str, run_id: str, view: View, logs: RunLogs, *, live: Live | None) -> Outcome:
    while True:
        # The run first: what its tasks did before it ended is then seen for certain.
        state, tasks = _patiently(lambda: (api.run_state(dag_id, run_id), api.task_states(dag_id, run_id)))
        changed = view.note(tasks)
        if live is not None:
            _show_lines(view, logs, is_live=True)
            live.update(view.table())
        else:
            _print_changes(task for task in changed if task.state == "running")
            _show_lines(view, logs, is_live=False)
            _print_changes(task for task in changed if task.state != "running")
        if state in FINISHED:
            return view.outcome(succeeded=state == "success")
        time.sleep(POLL_S)


def _patiently(ask: Callable[[], Told]) -> Told:
    """Ask until the API server answers; one that died is being restarted."""
    deadline = time.monotonic() + API_AWAY_S
    while True:
        try:
            return ask()
        except (requests.ConnectionError, requests.Timeout) as error:
            if time.monotonic() > deadline:
                raise LocalError(
                    f"Airflow's API server has not answered for {API_AWAY_S} s; the run may go on: gridloom status"
                ) from error
            time.sleep(POLL_S)


def _show_lines(view: View, logs: RunLogs, *, is_live: bool) -> None:
    for state in view.states.values():
        for line in logs.new_lines(state.last_attempt):
            is_worth_showing = view.hear(line)
            if view.is_verbose or (is_worth_showing and not is_live):
                about.print(as_text(f"    {line.task}: {line.text}"), style="dim")


def _print_changes(changed: Iterable[TaskState]) -> None:
    for state in changed:
        if state.state not in QUIET:
            about.print(_sign(state), f"{state.name:<24} {_word(state)} {_duration(state)}".rstrip())


def _standing(state: TaskState) -> tuple[str, int]:
    return (state.state, state.attempt)


def _sign(state: TaskState) -> Text | Spinner:
    if state.state == "running" and about.is_terminal:
        return Spinner("dots", style="cyan")
    symbol, style = SYMBOLS.get(state.state, ("·", "dim"))
    return Text(symbol, style=style)


def _word(state: TaskState) -> str:
    attempt = f" (attempt {state.attempt})" if state.attempt > 1 else ""
    return state.state.replace("_", " ") + attempt


def _duration(state: TaskState) -> str:
    return "" if state.duration_s is None else f"{state.duration_s:.1f} s"
