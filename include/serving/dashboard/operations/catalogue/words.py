"""How the catalogue says what it knows: how new something is, what states are called, what to do where it is empty."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from include.serving.ages import ago
from include.serving.catalogue import Entry, State

STATES = {
    State.ALL: "All",
    State.FAILING: "Failing",
    State.LATE: "Late",
    State.DRIFT: "Drift",
    State.NOTHING_HELD: "Nothing held yet",
    State.NOT_LOADED: "Cannot be loaded",
}


def standing_told(entry: Entry, at: datetime) -> str:
    """Return how new what is held of an entry is, as a sentence, with what it is told by."""
    if entry.declared is None:
        return f"Cannot be loaded: {entry.reason or 'no source declares it'}."
    if entry.loaded_at is None:
        return "Nothing is held yet."
    period, waiting = entry.declared.age(at), entry.waiting(at)
    loaded = f"loaded {ago(at - entry.loaded_at)} ago"
    if period is not None:
        return f"{entry.standing(at).capitalize()}: the newest period ended {ago(period)} ago; {loaded}."
    if waiting is not None:
        late = "Late: what" if entry.is_late(at) else "What"
        return f"{late} its publisher changed {ago(waiting)} ago is not loaded yet; {loaded}."
    if entry.last_updated_at is not None:
        return f"Fresh: its publisher had nothing newer when its list was looked up; {loaded}."
    return f"{loaded.capitalize()}."


def counted(state: State, entries: Sequence[Entry], at: datetime) -> str:
    """Return a state with how many entries are in it."""
    return f"{STATES[state]} {sum(each.is_in(state, at) for each in entries):,}"


def what_to_do(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield, as Markdown, what is not known or held of each publisher, and the commands that change it."""
    for title, group in groupby(entries, key=lambda each: each.publisher_title):
        theirs = list(group)
        discovery = theirs[0].discovery_dag_id
        if discovery and not any(each.discovered_at for each in theirs):
            yield (
                f"**{title}’s own list has not been looked up yet**, so its names, fields, counts and last updates are"
                f" not known. Look them up: `gridloom run {discovery}`."
            )
        loaded = [each for each in theirs if each.declared]
        if loaded and not any(each.is_held for each in loaded):
            commands = sorted({f"`gridloom run {each.dag_id}`" for each in loaded if each.dag_id}, reverse=True)
            yield (
                f"**Nothing of {title} is held yet** ({_datasets(len(loaded))}). Bring it in: {', '.join(commands)}."
            )


def looked_up(entries: Sequence[Entry], at: datetime) -> str | None:
    """Return when publishers' lists were looked up last, as Markdown; None where none ever was."""
    found = [(each.discovered_at, each) for each in entries if each.discovered_at is not None]
    if not found:
        return None
    discovered_at, newest = max(found, key=lambda each: each[0])
    return (
        f"{newest.publisher_title}’s list was looked up {ago(at - discovered_at)} ago; its rows held and last updates"
        f" are of then. Look again: `gridloom run {newest.discovery_dag_id}`."
    )


def _datasets(number: int) -> str:
    return f"{number:,} dataset{'' if number == 1 else 's'}"
