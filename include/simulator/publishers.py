"""Every publisher there is: the class PUBLISHER in the module `publisher` of its folder."""

from importlib import import_module
from typing import Any, TypeAlias

from include.simulator.addresses import names
from include.simulator.publisher import Publisher

SomePublisher: TypeAlias = Publisher[Any]


def publishers() -> dict[str, type[SomePublisher]]:
    """Return the class of each publisher, by its name."""
    return {name: import_module(f"include.simulator.{name}.publisher").PUBLISHER for name in names()}
