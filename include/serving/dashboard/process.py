"""What the dashboard's process works on: its settings and its home. Read once."""

from dataclasses import dataclass

import streamlit as st

from include.home import Home
from include.settings import Settings
from include.warehouse import Role, Warehouse


@dataclass(frozen=True)
class Process:
    """The settings and the home of this process."""

    settings: Settings
    home: Home

    def url(self, role: Role) -> str:
        """Return the address of a role in the warehouse in use, which `make run` may have changed meanwhile."""
        return Warehouse.of(self.settings, self.home).dsn(role)


@st.cache_resource
def this_process() -> Process:
    """Return what this process works on."""
    settings = Settings()
    return Process(settings, Home.of(settings))
