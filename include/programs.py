"""Our own programs, as processes of their own."""

import sys


def python(module: str, *arguments: str, by: str = sys.executable) -> tuple[str, ...]:
    """Return the command that runs a module, and none from the directory where the command was typed.

    Python looks for modules there first (unless it is told -P), and there may be another's `include.py` or `json.py`.
    `by` is the Python that runs it.
    """
    return (by, "-P", "-m", module, *arguments)
