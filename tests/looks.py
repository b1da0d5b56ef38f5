"""What a section declares of its pages, in `tests/browser/<section>/looks.py`, so that the tests of all pages see them.

The folder of a section has the words of its title. `LOOKS` says by its path what each page has. `bring(machine)` is
there where a section's rows must be brought first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from include.serving.dashboard.navigation import SECTIONS
from include.serving.dashboard.span import Interval
from tests.machine import Machine


@dataclass(frozen=True)
class Looks:
    """What a page has when there is something to show."""

    charts: int = 0
    has_range: bool = True
    has_interval: bool = True
    interval: Interval = Interval.HOUR
    """One that can be chosen, where any can."""


def looks() -> dict[str, Looks]:
    """What each page has, by its path."""
    return {path: of_page for module in _declared() for path, of_page in module.LOOKS.items()}


def brought() -> Iterator[Callable[[Machine], None]]:
    """What brings the rows of each section that has some to be brought."""
    return (module.bring for module in _declared() if hasattr(module, "bring"))


def folder_of(title: str) -> str:
    """What the folder of a section is called."""
    return title.lower().replace(" ", "_")


def _declared() -> list[ModuleType]:
    return [import_module(f"tests.browser.{folder_of(section.title)}.looks") for section in SECTIONS]
