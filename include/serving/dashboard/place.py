"""What the dashboard's process works on: its warehouse, and where its neighbours are. Read once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from include.home import Home
from include.serving.dashboard.reader import Reader, reading
from include.settings import Settings
from include.warehouse import Role, Warehouse


@dataclass(frozen=True)
class Dashboard:
    """The settings and the home of this process."""

    settings: Settings
    home: Home

    def url(self, role: Role) -> str:
        """Return the address of a role in the warehouse in use, which `make run` may have changed meanwhile."""
        return Warehouse.of(self.settings, self.home).dsn(role)


@st.cache_resource
def dashboard() -> Dashboard:
    """Return what this process works on."""
    settings = Settings()
    return Dashboard(settings, Home.of(settings))


@contextmanager
def analyst() -> Iterator[Reader]:
    """Open the warehouse as the analyst. Raises UnreadableError."""
    with reading(dashboard().url(Role.ANALYST)) as reader:
        yield reader
