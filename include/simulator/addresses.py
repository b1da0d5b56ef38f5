"""Where each publisher is mounted, told without loading any of them.

Each folder beside this file is a publisher, called as the folder is; its `__init__` says the PATH of its own API.
"""

import pkgutil
from importlib import import_module

import include.simulator


def names() -> list[str]:
    """Return the names of all publishers."""
    return sorted(module.name for module in pkgutil.iter_modules(include.simulator.__path__) if module.ispkg)


def mounted_at() -> dict[str, str]:
    """Return the path of each publisher, by its name; clients put it before what they ask for."""
    return {name: import_module(f"include.simulator.{name}").PATH for name in names()}


def setting_of(name: str) -> str:
    """Return the environment variable in which clients look for the address of a publisher."""
    return f"GRIDLOOM_{name.upper()}_URL"
