"""The series that are forecast."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A half-hourly series that is forecast."""

    name: str
    title: str
    unit: str
    is_never_negative: bool  # forecasts are then cut off at 0
    beside: str | None = None
    """A target that is read from the same dataset, and whose recent past says something of this one, too."""


TARGETS = (
    Target("demand", "Demand", "MW", is_never_negative=True),
    Target("wind", "Wind", "MW", is_never_negative=True),
    Target("solar", "Solar", "MW", is_never_negative=True),
    # Gas gives what wind does not.
    Target("gas", "Gas", "MW", is_never_negative=True, beside="wind"),
    Target("carbon", "Carbon intensity", "g/kWh", is_never_negative=True),
)


def target_of(name: str) -> Target:
    """Return a target by its name. Raises StopIteration where there is none."""
    return next(target for target in TARGETS if target.name == name)
