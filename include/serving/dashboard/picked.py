"""What a reader picks beside the control bar: it lives in the address, and is kept while they read other pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from include.serving.dashboard.address import instant_of, text_of

Value = TypeVar("Value")


@dataclass(frozen=True)
class Picked(Generic[Value]):
    """One thing that can be picked, or be left open."""

    kept: str
    """Under which key the session keeps it."""
    names: tuple[str, ...]
    """What the address calls it."""
    read: Callable[[Mapping[str, str]], Value | None]
    """Returns what an address names, or None."""
    write: Callable[[Value], dict[str, str]]
    """Returns it as the address has it."""

    def value(self) -> Value | None:
        """Return what is held since the last choice, else that of the address; make the address say it."""
        if self.kept not in st.session_state:
            st.session_state[self.kept] = self.read(st.query_params.to_dict())
        held: Value | None = st.session_state[self.kept]
        wanted = self.write(held) if held is not None else {}
        for name in self.names:
            if name not in wanted:
                st.query_params.pop(name, None)
            elif st.query_params.get(name) != wanted[name]:
                st.query_params[name] = wanted[name]
        return held

    def choose(self, value: Value | None) -> None:
        """Hold another one, or none."""
        st.session_state[self.kept] = value


KNOWN_BY = Picked(
    "known_by",
    ("known_by",),
    lambda address: instant_of(address.get("known_by")),
    lambda instant: {"known_by": text_of(instant)},
)
