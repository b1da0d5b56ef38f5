"""Two things at once: what comes next is fetched while what has come is stored."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, while a thread makes the next one; never more than that one is made ahead.

    What making an item raises is raised where it is asked for. Who leaves early does not wait for the thread.
    """
    coming = iter(items)
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        following = pool.submit(_first, coming)
        while made := following.result():
            following = pool.submit(_first, coming)
            yield from made
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(items: Iterator[T]) -> list[T]:
    """Return the next item, or none at the end."""
    return list(islice(items, 1))
