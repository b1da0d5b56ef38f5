"""Writes what it reads to a log that cannot grow without end: `python -I -S log_writer.py LOG LIMIT_BYTES`.

It lives as long as whoever writes to its standard input, and imports nothing of ours: it is to cost next to nothing.
Where it is killed, its writers lose a log and nothing else.
"""

import os
import re
import signal
import sys
from pathlib import Path

# One statement can make an error of 50 MB; the log must keep what was said before it.
ENTRY_LIMIT_BYTES = 10_000
CHUNK_BYTES = 65_536
CUT = b" [cut]\n"
# PostgreSQL begins each further line of what it says with a tab.
BEGINNING = re.compile(rb"(?<=\n)(?=[^\t])")


class Entries:
    """Cuts what is said at once to a bearable length, however it is handed over."""

    def __init__(self) -> None:
        self._room = ENTRY_LIMIT_BYTES
        self._is_cut = False
        self._ended = True

    def cut(self, chunk: bytes) -> bytes:
        """Return what is to be kept of the next bytes."""
        first, *others = BEGINNING.split(chunk)
        if self._ended and not first.startswith(b"\t"):
            self._begin()
        kept = [self._keep(first)]
        for piece in others:
            self._begin()
            kept.append(self._keep(piece))
        self._ended = chunk.endswith(b"\n")
        return b"".join(kept)

    def _begin(self) -> None:
        self._room, self._is_cut = ENTRY_LIMIT_BYTES, False

    def _keep(self, piece: bytes) -> bytes:
        kept = piece[: self._room]
        self._room -= len(kept)
        if len(kept) == len(piece) or self._is_cut:
            return kept
        self._is_cut = True
        return kept + CUT


class Log:
    """A file that is moved to `.1` when it is long."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path, self._limit_bytes = path, limit_bytes
        self._file = self._open()

    def write(self, text: bytes) -> None:
        """Append to the log. What a full disk cannot take is lost: whoever speaks must not be held up."""
        try:
            if os.fstat(self._file).st_size + len(text) > self._limit_bytes:
                self._move()
            os.write(self._file, text)
        except OSError:
            return

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def _move(self) -> None:
        # Another writer of the same log may have moved it already.
        if self._path.exists() and os.path.samestat(self._path.stat(), os.fstat(self._file)):
            self._path.replace(f"{self._path}.1")
        former, self._file = self._file, self._open()
        os.close(former)


def main() -> None:
    """Write until nobody is left who could say anything; a signal that is meant for them is none of its business."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    log, entries = Log(Path(sys.argv[1]), int(sys.argv[2])), Entries()
    while chunk := os.read(sys.stdin.fileno(), CHUNK_BYTES):
        log.write(entries.cut(chunk))


if __name__ == "__main__":
    main()
