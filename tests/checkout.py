"""A checkout of the repository with one more source in it, as somebody has who adds one."""

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
PARTS = ("include", "dags", "plugins", "dbt_project")


def make_with_source(folder: Path, source: Path) -> dict[str, str]:
    """Copy what runs into a new folder, and a source's own files over it; return the variables by which it runs."""
    for part in PARTS:
        # With the times of the files: what is compiled of them is good for the copies too.
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(source, folder, dirs_exist_ok=True)
    # Nothing is imported from the working directory, which is the repository's.
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
