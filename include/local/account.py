"""Whom PostgreSQL runs as. It refuses to run as root, so root lends it a user of its own."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.local.errors import LocalError

EXISTING = "postgres"
OWN = "gridloom"
LAST_RESORT = "nobody"
ROOT = 0


@dataclass(frozen=True)
class Account:
    """A user of this machine."""

    name: str
    user_id: int
    group_id: int

    @property
    def process_options(self) -> dict[str, Any]:
        """Arguments of `subprocess` that start a process as this user, where only it can be reached."""
        return {"user": self.user_id, "group": self.group_id, "extra_groups": [], "cwd": "/"}


def is_root() -> bool:
    """Tell whether this process may act as any user."""
    return os.geteuid() == ROOT


def server_account(data: Path) -> Account | None:
    """Return the user that PostgreSQL runs as, or None where it runs as the caller, who is not root.

    Data that is there already keeps its owner.
    """
    if not is_root():
        return None
    if os.path.lexists(data):
        return _owner(data)
    found = _find(EXISTING) or _find(OWN) or _create(OWN) or _find(LAST_RESORT)
    if found is None:
        raise LocalError(f"PostgreSQL cannot run as root and no other user is there; create one: useradd -r {OWN}")
    return found


def _owner(data: Path) -> Account:
    """Return whose the data is. Raises LocalError where it is root's, or somewhere else by another's link."""
    is_ours = not data.is_symlink() or data.lstat().st_uid == ROOT
    owner = data.stat() if is_ours and data.is_dir() else None
    if owner is None or owner.st_uid == ROOT:
        raise LocalError(f"{data} is no directory of the user that PostgreSQL runs as; find out who changed it")
    return Account(str(owner.st_uid), owner.st_uid, owner.st_gid)


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != ROOT else None


def _create(name: str) -> Account | None:
    """Make a system user, where the machine has a command for it."""
    command = shutil.which("useradd")
    if command is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    subprocess.run([command, *options, name], check=False, capture_output=True)  # noqa: S603 - fixed words
    return _find(name)
