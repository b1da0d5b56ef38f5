"""Lengths of time as people say them, on every screen."""

from datetime import timedelta

_HOUR_MIN, _HOURS_OF_TWO_DAYS = 60, 48


def ago(age: timedelta) -> str:
    """Return a length of time as people say it: 40 min, 1.7 h, 3 days."""
    minutes = age.total_seconds() / 60
    if minutes < _HOUR_MIN:
        return f"{minutes:.0f} min"
    hours = minutes / _HOUR_MIN
    return f"{hours:.1f} h" if hours < _HOURS_OF_TWO_DAYS else f"{hours / 24:,.0f} days"
