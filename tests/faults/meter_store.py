"""A bucket in a process of its own, which is busy, slow and out of order as its dice fall.

Loads are forked, and the server's threads would not survive that in the process that forks them.
"""

import logging
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.store import BUCKET, Faults, running_store

BUSY, SLOW, PAGE_SIZE = 0.1, 0.03, 60
SLOW_S = 0.2


@dataclass(frozen=True)
class Busy:
    """The bucket as another process sees it."""

    options: dict[str, Any]
    told: Connection

    @property
    def address(self) -> str:
        """Where the files lie."""
        return f"s3://{BUCKET}/readings"

    def trouble(self, seed: int) -> None:
        """Draw anew what goes wrong."""
        self._tell(seed)

    def calm(self) -> None:
        """Have nothing go wrong from now on."""
        self._tell(None)

    def _tell(self, seed: int | None) -> None:
        self.told.send(seed)
        self.told.recv()


@contextmanager
def busy_store(folder: Path) -> Iterator[Busy]:
    """Serve what lies in a folder, for the length of a block."""
    # Not forked: it starts threads.
    spawned = multiprocessing.get_context("spawn")
    ours, theirs = spawned.Pipe()
    server = spawned.Process(target=_serve, args=(theirs, folder), daemon=True)
    server.start()
    try:
        yield Busy(ours.recv(), ours)
    finally:
        server.kill()
        server.join()


def _serve(told: Connection, folder: Path) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with running_store() as store:
        names = [f"{path.relative_to(folder)}" for path in sorted(folder.rglob("*.json"))]
        for name in names:
            store.put(f"readings/{name}", (folder / name).read_bytes())
        told.send(store.options)
        while True:
            seed = told.recv()
            store.faults.__init__()  # type: ignore[misc]
            if seed is not None:
                _draw(store.faults, names, random.Random(seed))
            told.send(None)


def _draw(faults: Faults, names: list[str], dice: random.Random) -> None:
    faults.page_size, faults.is_out_of_order = PAGE_SIZE, True
    faults.unavailable["list"] = dice.randrange(3)
    for name in names:
        short = name.rpartition("/")[2]
        if dice.random() < BUSY:
            faults.unavailable[short] = dice.randrange(1, 8)
        if dice.random() < SLOW:
            faults.late_s[short] = SLOW_S
