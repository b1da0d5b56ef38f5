"""A log stays within its limit while a program runs, and keeps what was said before the flood."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from include.home import Home
from include.local.log_writer import CUT, ENTRY_LIMIT_BYTES, Entries
from include.local.logs import LIMIT_BYTES as LIMIT_OF_SERVICES
from include.local.logs import bounded
from include.local.services import Service
from include.local.supervisor import Ward
from tests.machine import wait_until

LIMIT_BYTES = 1_000_000
FLOOD = 50_000_000


def say(log: Path, *texts: bytes) -> str:
    """Let a writer write these texts, and return the last words of whoever said them."""
    with bounded(log, LIMIT_BYTES) as written:
        for text in texts:
            written.pipe.write(text)
    return written.last_words()


def size_of(log: Path) -> int:
    return sum(path.stat().st_size for path in log.parent.iterdir())


@pytest.mark.parametrize("flood", [b"x" * FLOOD + b"\n", b"ERROR:  x\n" + b"\tx\n" * (FLOOD // 3)], ids=["one", "many"])
def test_what_is_said_at_once_takes_little_room_however_long_it_is(tmp_path: Path, flood: bytes) -> None:
    log = tmp_path / "postgres.log"

    said = say(log, b"FATAL: what matters\n", flood, b"and this\n")

    assert said.startswith("FATAL: what matters\n")
    assert said.endswith("and this\n")
    assert size_of(log) < 2 * ENTRY_LIMIT_BYTES


def test_a_log_that_is_long_is_moved_and_the_one_before_it_goes(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    line = b"x" * 9_999 + b"\n"

    said = say(log, *[line] * (FLOOD // len(line)), b"the last word\n")

    assert said.endswith("\nthe last word\n")
    assert {path.name for path in tmp_path.iterdir()} == {"postgres.log", "postgres.log.1"}
    assert LIMIT_BYTES < size_of(log) <= 2 * LIMIT_BYTES


@pytest.mark.parametrize("length", [1, 7, 64, 100_000])
def test_an_entry_is_cut_in_the_same_place_however_it_is_handed_over(length: int) -> None:
    told = b"short\n" + b"a" * (2 * ENTRY_LIMIT_BYTES) + b"\n\tand on\nnext\n\twith more\nlast"
    entries = Entries()

    kept = b"".join(entries.cut(told[at : at + length]) for at in range(0, len(told), length))

    assert kept == b"short\n" + b"a" * ENTRY_LIMIT_BYTES + CUT + b"next\n\twith more\nlast"


def test_a_link_in_the_place_of_the_log_is_not_written_through(tmp_path: Path) -> None:
    victim, log = tmp_path / "victim", tmp_path / "postgres.log"
    victim.write_text("kept")
    log.symlink_to(victim)

    # Whoever speaks is told where nobody listens any more.
    with suppress(BrokenPipeError), bounded(log) as written:
        written.pipe.write(b"x")

    written.last_words()
    assert victim.read_text() == "kept"


def test_it_ends_with_the_last_who_can_speak_and_with_no_signal_meant_for_them(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    with bounded(log) as written:
        speaker = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=written.pipe)
    assert speaker.stdin is not None
    speaker.stdin.write(b"before\n")
    speaker.stdin.flush()
    wait_until(lambda: log.exists() and log.read_bytes(), what="a word in the log")
    os.kill(written.pid, signal.SIGTERM)
    speaker.stdin.write(b"after\n")
    speaker.stdin.close()
    speaker.wait()

    assert written.last_words() == "before\nafter\n"
    with pytest.raises(ProcessLookupError):
        os.kill(written.pid, 0)


def test_a_service_cannot_fill_the_disk_while_it_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told = f"for _ in range({FLOOD // 5_000}): print('x' * 4_999)\nprint('the last word')"
    service = Service("wordy", (sys.executable, "-c", told), {})
    ward = Ward(service, home)
    log = service.log(home)

    ward.look_after()

    assert ward.process is not None
    assert ward.process.wait() == 0
    wait_until(lambda: log.read_bytes().endswith(b"\nthe last word\n"), what="the last word in the log")
    assert size_of(log) <= 2 * LIMIT_OF_SERVICES
