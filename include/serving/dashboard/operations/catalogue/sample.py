"""A query to begin with: the newest rows of a published table."""

from collections.abc import Sequence
from datetime import date

LIMIT = 100
WIDTH = 52


def sample(table: str, columns: Sequence[str], instant: str | None, since: date | None) -> str:
    """Return the query: all columns, the newest rows first where a column tells when, of no more than the last days."""
    lines = ["select", _listed(columns or ["*"]), f"from analytics.{table}"]
    if instant is not None and instant in columns:
        if since is not None:
            lines.append(f"where {instant} >= '{since}'")
        lines.append(f"order by {instant} desc")
    return "\n".join([*lines, f"limit {LIMIT}"])


def _listed(columns: Sequence[str]) -> str:
    """Return names as lines that can be read."""
    lines, line = [], "   "
    for name in columns[:-1]:
        if len(line) + len(name) > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {name},"
    return "\n".join([*lines, f"{line} {columns[-1]}"])
