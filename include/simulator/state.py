"""What can be set of a publisher, at the start and while it serves."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

SomeState = TypeVar("SomeState", bound="State")


class StateError(Exception):
    """The state asked for makes no sense; the message says what to do."""


@dataclass(frozen=True)
class State:
    """What every publisher has; each adds its own. Instants are UTC."""

    seed: int = 0
    start: datetime = datetime(2009, 1, 1, tzinfo=UTC)  # the first half-hour that is shown
    now: datetime | None = None  # None: the real clock
    fault: tuple[str, ...] = ()
    fault_times: int | None = None  # None: lasting
    fault_on: str = "all"
    fault_at: datetime | None = None  # the half-hour that faults of rows strike; None: the publisher's usual one
    slow_seconds: float = 30.0
    retry_after: str = "1"

    def changed(self: SomeState, wanted: dict[str, Any]) -> SomeState:
        """Return the state with these settings, given as JSON has them; null is the default. Raises StateError."""
        unknown = sorted(set(wanted) - {field.name for field in fields(self)})
        if unknown:
            raise StateError(f"no such setting: {', '.join(unknown)}")
        standard, hints = type(self)(), get_type_hints(type(self))
        parsed = {name: _parsed(name, hints[name], value) for name, value in wanted.items() if value is not None}
        return replace(self, **{name: parsed.get(name, getattr(standard, name)) for name in wanted})


def instant(text: str) -> datetime:
    """Read an ISO instant; without an offset it is UTC. Raises StateError."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise StateError(f"{text!r} is no ISO instant such as 2026-05-31T08:00:00Z") from error
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _parsed(name: str, hint: Any, value: Any) -> Any:
    """Return a setting as a State holds it, from JSON. Raises StateError."""
    kinds = {get_origin(each) or each for each in (hint, *get_args(hint))}
    if datetime in kinds:
        return instant(str(value))
    if tuple in kinds:
        return (value,) if isinstance(value, str) else tuple(map(str, value))
    kind = next(each for each in (int, float, str) if each in kinds)
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise StateError(f"{name} cannot be {value!r}") from error
