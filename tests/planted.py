"""What another account may put in the place of a file, where it may write."""

import os
import shutil
from pathlib import Path

NOBODY = 65534
KINDS = ("file", "link", "pipe")


def plant(kind: str, path: Path, victim: Path, user_id: int | None = None) -> None:
    """Put a file open to all, a link to the victim, or a pipe that nobody writes to, in place of whatever is there.

    It is the account's where this process may give it away.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "file":
        path.write_text("planted")
        path.chmod(0o666)
    elif kind == "link":
        path.symlink_to(victim)
    else:
        os.mkfifo(path)
    if os.geteuid() == 0:
        os.chown(path, NOBODY if user_id is None else user_id, -1, follow_symlinks=False)
