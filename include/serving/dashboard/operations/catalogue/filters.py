"""What the catalogue is narrowed down to: a publisher, words, a state. It lives in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.serving.catalogue import PICKED, Entry, State
from include.serving.dashboard.picked import Picked

# Longer than any title; what is longer is a slip of the hand.
LONGEST = 200


@dataclass(frozen=True)
class Filters:
    """What a reader looks for."""

    publisher: str | None = None
    text: str = ""
    state: State = State.ALL

    @classmethod
    def of(cls, address: Mapping[str, str]) -> "Filters":
        """Read them from an address; what cannot be read is as if it were not there."""
        state = address.get("state")
        return cls(
            address.get("publisher") or None,
            address.get("find", "")[:LONGEST],
            State(state) if state in {each.value for each in State} else State.ALL,
        )

    def parameters(self) -> dict[str, str]:
        """Return them as the address has them."""
        state = "" if self.state is State.ALL else self.state.value
        named = {"publisher": self.publisher or "", "find": self.text, "state": state}
        return {name: value for name, value in named.items() if value}

    def named(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries of the publisher that have every word somewhere in their names, whatever their state."""
        words = self.text.casefold().split()
        of_publisher = (each for each in entries if self.publisher in (None, each.publisher))
        return [each for each in of_publisher if all(word in _names(each) for word in words)]

    def found(self, entries: Sequence[Entry], at: datetime) -> list[Entry]:
        """Return the entries that are looked for."""
        return [each for each in self.named(entries) if each.is_in(self.state, at)]


def _names(entry: Entry) -> str:
    return f"{entry.label} {entry.name} {entry.title} {entry.published_table or ''}".casefold()


FILTERS = Picked("catalogue-filters", ("publisher", "find", "state"), Filters.of, Filters.parameters)
DATASET = Picked(
    "catalogue-dataset", (PICKED,), lambda address: address.get(PICKED) or None, lambda name: {PICKED: name}
)
