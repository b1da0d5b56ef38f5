"""What GRIDLOOM_HOME remembers between commands: ports, generated passwords, and which warehouse is in use.

Files are private (0600, in a directory of 0700) and are replaced whole, so that a reader never sees half of one.
"""

import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.settings import Settings

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
REAL_DATABASE = "gridloom"
SIMULATED_DATABASE = "gridloom_simulated"


class HomeError(Exception):
    """The home cannot be made, or whoever else writes to it could change what is run and who may log in."""


@dataclass(frozen=True)
class Home:
    """The directory GRIDLOOM_HOME."""

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> "Home":
        """Return the settings' home, made (mode 0700) if it is not there. Raises HomeError where others may write."""
        try:
            path = settings.home.expanduser().resolve()
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = path.stat()
        except (OSError, RuntimeError) as error:
            raise HomeError(f"GRIDLOOM_HOME cannot be used: {error}") from error
        if found.st_uid != os.geteuid():
            raise HomeError(f"{path} belongs to another account, who knows and changes what is kept there; run as it")
        if found.st_mode & OTHERS_WRITE:
            raise HomeError(f"others may write to {path}, and leave links and passwords there: chmod go-w {path}")
        return cls(path)

    @property
    def is_simulated(self) -> bool:
        """Whether the warehouse in use holds what the simulator says, and not what the publishers say."""
        return self.database == SIMULATED_DATABASE

    @property
    def database(self) -> str:
        """Name of the database in use, as `choose` left it."""
        choice = self.path / "warehouse"
        return choice.read_text().strip() if choice.exists() else REAL_DATABASE

    def choose(self, database: str) -> None:
        """Make every later command, connection and screen use this database."""
        self.write("warehouse", database + "\n")

    def port(self, service: str) -> int | None:
        """Port on which a service was last started, or None."""
        return self._read("ports.json").get(service)

    def remember_port(self, service: str, port: int) -> None:
        """Keep the port a service was given, so that it is found and given again."""
        with self._locked():
            self.write("ports.json", json.dumps({**self._read("ports.json"), service: port}))

    def secret(self, name: str) -> str:
        """Return a generated secret; it is made on first use."""
        kept: dict[str, str] = self._read("secrets.json")
        if name in kept:
            return kept[name]
        with self._locked():
            kept = {name: secrets.token_urlsafe(24), **self._read("secrets.json")}
            self.write("secrets.json", json.dumps(kept))
        return kept[name]

    def replace_secret(self, name: str, value: str) -> None:
        """Keep another secret in the place of one that was generated."""
        with self._locked():
            self.write("secrets.json", json.dumps({**self._read("secrets.json"), name: value}))

    def write(self, name: str, text: str) -> None:
        """Replace a file of the home, whole."""
        replace_file(self.path / name, text)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from changing a file between its reading and its writing."""
        with (self.path / "home.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        return dict(json.loads(path.read_text())) if path.exists() else {}


def replace_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace a file, whole. What stands at its path, be it a link, is not written through."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
        os.fchmod(handle, mode)
    Path(draft).replace(path)
