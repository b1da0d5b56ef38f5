"""What is judged: some rows, and what must hold of them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """The rows a query returns, and a suite of expectations of them."""

    suite: str
    table: str
    """Where the rows come from, as schema and name."""
    key: tuple[str, ...]
    """Columns that name a row in a message."""
    query: str
    """Reads what is pending and what it belongs to, never the whole history. It runs once for all expectations."""
    expectations: tuple[Any, ...]
    """Each with a `description` that ends a sentence, and `notes` that give the reason of its limit."""
