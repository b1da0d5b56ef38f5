"""Runs one peer's loads, each in a process forked from this warm one: `python -m benchmarks.peers.serve dlt`.

A line of standard input is a load, as JSON: portal, start, end, dsn, and after how many seconds it is killed, if at
all. It is answered when the load has ended, by a line with its exit code and its last words.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from tests.faults.forked import status_of

LOADERS = {"dlt": "benchmarks.peers.dlt_loader", "pandas": "benchmarks.peers.pandas_loader"}


def main() -> None:
    """Serve until the input ends."""
    loader = importlib.import_module(LOADERS[sys.argv[1]])
    for line in sys.stdin:
        asked = json.loads(line)
        kill_after_s = asked.pop("kill_after_s")
        with tempfile.NamedTemporaryFile() as words:
            pid = os.fork()
            if pid == 0:
                _load(loader, asked, Path(words.name))
            status = status_of(pid, kill_after_s=kill_after_s)
            said = Path(words.name).read_text(errors="replace").strip().splitlines()
        _tell({"code": os.waitstatus_to_exitcode(status), "said": said[-1][:300] if said else ""})


def _load(loader: Any, asked: dict[str, str], words: Path) -> None:
    code = 1
    try:
        said = os.open(words, os.O_WRONLY)
        os.dup2(said, 1)
        os.dup2(said, 2)
        loader.load(**asked)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not serve too
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
