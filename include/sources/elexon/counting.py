"""How many rows Elexon holds of a settlement day, as `/data-status` says of some datasets."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import msgspec

from include.ingestion.errors import DamagedAnswerError
from include.ingestion.http import ApiClient
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.settlement import LONDON, day_started_at
from include.sources.elexon.api import REQUESTS

Count = Callable[[ApiClient, Window | SettlementDays], int | None]


class _Points(msgspec.Struct):
    points: int = msgspec.field(name="dataPointCount")


class _Counted(msgspec.Struct):
    data: list[_Points]


_COUNTED = msgspec.json.Decoder(_Counted)


def counting(name: str) -> Count:
    """Return what counts a dataset's rows in a scope, if that is whole settlement days."""

    def count(client: ApiClient, scope: Window | SettlementDays) -> int | None:
        days = settlement_days(scope)
        if days is None:
            return None
        asked = {"settlementDateFrom": f"{days[0]}", "settlementDateTo": f"{days[1]}"}
        return client.get(f"data-status/{name}", asked, bucket=REQUESTS, read=_points)

    return count


def settlement_days(scope: Window | SettlementDays) -> tuple[date, date] | None:
    """Return the first and the last settlement day of a scope, or None where it is not made of whole ones."""
    if isinstance(scope, SettlementDays):
        return scope.first, scope.last
    first, last = _date(scope.start), _date(scope.end - timedelta(microseconds=1))
    is_whole = scope == Window(day_started_at(first), day_started_at(last + timedelta(days=1)))
    return (first, last) if is_whole else None


def _date(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


def _points(body: bytes) -> int:
    try:
        return sum(each.points for each in _COUNTED.decode(body).data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedAnswerError(f"the counts are not what they should be: {error}") from error
