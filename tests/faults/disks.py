"""The disk that holds PostgreSQL's data runs full at different moments, on a small file system of its own."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from include.home import Home
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import Settings
from tests.faults.ground import Ground, lane, reading
from tests.faults.kills import first_run
from tests.faults.score import Outcome

FAMILY = "disk full"
SIZE_MB = 600
# What is left free when the run begins: some fill at the first COPY, some in dbt, some not at all.
LEFT_FREE_KB = (0, 64, 256, 1_024, 2_048, 4_096, 8_192, 16_384)
CHUNK_BYTES = 1 << 16
SAYS_SO = ("No space left on device", "is full")


def full(directory: Path, *, port: int) -> Iterator[Outcome]:
    """Fill the disk to all but a little, run, free it again, and run again."""
    settings = Settings.model_validate({"home": directory, "postgres_port": port})
    usual = Cluster.of(settings, Home.of(settings))
    # Beside where its data usually are, which PostgreSQL's own user can reach.
    with _small_disk(usual.directory) as (disk, obstacle):
        if disk is None:
            yield Outcome(FAMILY, "a small file system", skipped=obstacle)
            return
        cluster = replace(usual, directory=disk / "postgres")
        with lane(directory, port=port, cluster=cluster) as ground:
            first_run(ground)
            with reading(ground) as seen:
                for left_free_kb in LEFT_FREE_KB:
                    wrong = ground.after(lambda left=left_free_kb: _run_on_a_full_disk(ground, disk, left))  # type: ignore[misc]
                    yield Outcome(FAMILY, f"{left_free_kb} kB left", tuple(wrong))
            if seen:
                yield Outcome(FAMILY, "a reader throughout", tuple(seen))


@contextmanager
def _small_disk(directory: Path) -> Iterator[tuple[Path | None, str | None]]:
    disk = directory.with_name(directory.name + "_disk")
    disk.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0755", "gridloom-faults", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        yield None, f"a small file system cannot be mounted here: {error}"
        return
    if mounted.returncode != 0:
        yield None, f"a small file system cannot be mounted here: {mounted.stderr.strip()}"
        return
    try:
        yield disk, None
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def _run_on_a_full_disk(ground: Ground, disk: Path, left_free_kb: int) -> list[str]:
    ballast = disk / "ballast"
    _fill(ballast, left_free_kb)
    ended = ground.runs.play()
    ballast.unlink()
    with contextlib.suppress(LocalError):
        ground.cluster.start()  # it may have stopped itself, where it could not write its log
    if ended.succeeded or any(words in ended.said for words in SAYS_SO):
        return []
    return [] if _server_said_so(ground) else [f"the cause is not told: {ended.said}"]


def _fill(ballast: Path, left_free_kb: int) -> None:
    ballast.touch()
    stat = os.statvfs(ballast)
    to_fill = max(stat.f_bavail * stat.f_frsize - left_free_kb * 1024, 0)
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(to_fill, 1))


def _server_said_so(ground: Ground) -> bool:
    """Where the server itself went down, its log tells why, and the run says only that the server went away."""
    return False
