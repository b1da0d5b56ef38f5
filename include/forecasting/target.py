"""The series that are forecast."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A half-hourly series that is forecast."""

    name: str
    title: str
    unit: str
    is_never_negative: bool  # forecasts are then cut off at 0


TARGETS = (
    Target("demand", "Demand", "MW", is_never_negative=True),
    Target("wind", "Wind generation", "MW", is_never_negative=True),
    Target("solar", "Solar generation", "MW", is_never_negative=True),
    Target("gas", "Gas generation", "MW", is_never_negative=True),
    Target("carbon", "Carbon intensity", "g/kWh", is_never_negative=True),
)
