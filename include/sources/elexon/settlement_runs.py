"""When a settlement day is settled again, each time with other figures, until 14 months after it.

Working days after the settlement day, from Elexon's settlement calendar (BSCP01): II 5, SF 16, R1 39, R2 84, R3 154,
RF 292. What a run has changed is published in the course of the day on which it is due.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

WORKING_DAYS_AFTER = {"II": 5, "SF": 16, "R1": 39, "R2": 84, "R3": 154, "RF": 292}
SATURDAY = 5


class SettlementRun(NamedTuple):
    """A run of a settlement day, and the day on which it is due."""

    settlement_date: date
    name: str
    due_on: date

    def __str__(self) -> str:
        return f"{self.name} of {self.due_on}"


def runs_due(first: date, last: date) -> Iterator[SettlementRun]:
    """Yield the runs that are due from one day to another, both included, the latest due first."""
    day = last
    while day >= first:
        for name, working_days in WORKING_DAYS_AFTER.items():
            # After a weekend and its holidays several days are due at once.
            for settlement_date in _settled_on(day, working_days):
                yield SettlementRun(settlement_date, name, day)
        day -= timedelta(days=1)


def _settled_on(day: date, working_days: int) -> list[date]:
    """Return the settlement days whose run, so many working days after them, is due on a day."""
    if not is_working_day(day):
        return []
    earliest = _working_days_before(day, working_days)
    settled = [earliest]
    # A day that is none has its first working day in common with the one before it.
    while not is_working_day(settled[-1] + timedelta(days=1)):
        settled.append(settled[-1] + timedelta(days=1))
    return settled


def _working_days_before(day: date, working_days: int) -> date:
    while working_days:
        day -= timedelta(days=1)
        working_days -= is_working_day(day)
    return day


@cache
def is_working_day(day: date) -> bool:
    """Tell whether a day is neither of a weekend nor a bank holiday in England."""
    import holidays  # noqa: PLC0415 - only settlement runs need it

    return day.weekday() < SATURDAY and day not in holidays.country_holidays("GB", subdiv="ENG", years=day.year)
