"""Processes that are ours are found wherever they went, and nobody else is touched."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from include.local import processes
from include.local.processes import ProcessId

# Starts a child in a session of its own, says so, and never ends by itself.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"


def start(code: str, home: Path) -> "tuple[subprocess.Popen[str], str]":
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=processes.marked(dict(os.environ), home),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_an_orphan_in_a_session_of_its_own_is_found_and_ended(tmp_path: Path) -> None:
    parent, child = start(PARENT, tmp_path)
    parent.kill()
    parent.wait()
    assert [process.pid for process in processes.services_of(tmp_path)] == [int(child)]

    processes.end_services(tmp_path, patience_s=5)

    assert not psutil.pid_exists(int(child)) or psutil.Process(int(child)).status() == psutil.STATUS_ZOMBIE


def test_a_process_that_will_not_end_is_ended_for_certain(tmp_path: Path) -> None:
    process, _ = start(STUBBORN, tmp_path)

    processes.end_services(tmp_path, patience_s=0.5)

    assert process.poll() is not None


def test_services_of_another_home_are_left_alone(tmp_path: Path) -> None:
    process, _ = start(STUBBORN, tmp_path / "theirs")
    try:
        processes.end_services(tmp_path / "ours", patience_s=0.5)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_pid_that_was_given_to_another_process_is_not_taken_for_ours() -> None:
    assert ProcessId.current().is_running
    assert not ProcessId(os.getpid(), started_at=1.0).is_running
