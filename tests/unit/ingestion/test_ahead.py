"""Fetching goes on while what was fetched is stored: in order, one item ahead, and with its faults."""

import threading
from collections.abc import Iterator

import pytest

from include.ingestion.ahead import ahead

TIMEOUT_S = 10


def test_items_come_in_order_and_all_of_them():
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []


def test_the_next_item_is_made_while_the_last_one_is_used():
    second_is_made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_is_made.set()
        yield 2

    for _ in ahead(items()):
        assert second_is_made.wait(TIMEOUT_S)


def test_no_more_than_one_item_is_made_ahead():
    made = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    for number in ahead(items()):
        assert len(made) <= number + 2


def test_what_making_an_item_raises_comes_after_the_items_before_it():
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(LookupError, match="gone"):
        next(coming)


def test_who_leaves_early_does_not_wait():
    goes_on = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        goes_on.wait(TIMEOUT_S)
        yield 2

    coming = ahead(items())
    assert next(coming) == 1
    coming.close()
    assert not goes_on.is_set()
    goes_on.set()
