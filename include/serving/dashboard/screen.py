"""What the navigation knows of a page."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A page: its name, its path in the address, and what draws it."""

    title: str
    path: str
    draw: Callable[[], None]


@dataclass(frozen=True)
class Section:
    """The pages of a subject, under its name."""

    title: str
    screens: tuple[Screen, ...]
