"""How the page says how old a figure is, and what went wrong on a day. Pure functions."""

from collections.abc import Sequence
from datetime import date, datetime

from include.serving.ages import ago
from include.serving.dashboard.grid_now.now.queries import Incident
from include.serving.dashboard.plain import as_text
from include.serving.latest import Figure
from include.settlement import HALF_HOUR, LONDON

_UNITS = {"GBP/MWh": "£/MWh"}


def value_told(quantity: Figure) -> str:
    """Return a value with its unit, as finely as it means anything."""
    if quantity.unit == "Hz":
        return f"{quantity.value:.3f} Hz"
    if quantity.unit == "MW":
        return f"{quantity.value / 1000:,.2f} GW"
    digits = 2 if quantity.unit == "GBP/MWh" else 0
    return f"{quantity.value:,.{digits}f} {_UNITS.get(quantity.unit, quantity.unit)}"


def standing_told(quantity: Figure, at: datetime) -> str:
    """Return when a figure is of, in which settlement period, how old it is, and whether it is to be trusted."""
    local, here = quantity.as_of_at.astimezone(LONDON), at.astimezone(LONDON)
    day = "" if local.date() == here.date() else f"{local.day} {local:%b}, "
    suspect = " · suspect" if quantity.is_suspect else ""
    return f"{day}{local:%H:%M %Z}, period {quantity.settlement_period} · {ago(quantity.age(at))} old{suspect}"


def doubted(quantities: Sequence[Figure]) -> str | None:
    """Return which figures are not to be trusted, as a sentence; None where all are."""
    names = [each.name for each in quantities if each.is_suspect]
    if not names:
        return None
    return (
        f"**Suspect: {', '.join(names).lower()}.** A part of it reads zero while the system operator changes its "
        "control room, or is more than a cable can carry. It is shown as published."
    )


def incident_told(incident: Incident) -> str:
    """Return what happened as a sentence, with when and how much."""
    return f"{_what(incident)} {_when(incident)}."


def _what(incident: Incident) -> str:
    concerns, worst = incident.name or as_text(incident.concerns), f"{incident.worst or 0:,.0f}"
    told = {
        "gap": "**Gap:** nothing was published",
        "failover": "**Failover:** own generation read zero while another control room took over",
        "repeated half-hour": "**Repeated:** all figures were those of the half-hour before",
        "published late": f"**Late:** figures came up to {worst} min after their half-hours",
        "flow above capacity": f"**Flow above capacity:** {concerns} is said to have carried up to {worst} MW",
        "unknown code": f"**Unknown code:** {concerns} gave up to {worst} MW",
        "unknown cable": f"**Unknown cable:** {concerns} carried up to {worst} MW",
    }
    return told.get(incident.incident, f"**{incident.incident.capitalize()}:** {concerns}")


def _when(incident: Incident) -> str:
    first = incident.first_started_at.astimezone(LONDON)
    end = (incident.last_started_at + HALF_HOUR).astimezone(LONDON)
    half_hours = "1 half-hour" if incident.half_hours == 1 else f"{incident.half_hours} half-hours"
    before = ", perhaps since the day before" if incident.is_there_at_midnight else ""
    return f"from {first:%H:%M} to {end:%H:%M %Z} ({half_hours}{before})"


def day_told(day: date) -> str:
    """Return a day as a heading has it."""
    return f"{day:%A} {day.day} {day:%B}"
