"""Days that lie ready, sent from the disk as they are: `<folder>/<CODE>/<yyyy-mm-dd>.json`, each a bare array.

How many rows of each settlement period they have may lie beside them, since to count them takes longer than to send
them: `<yyyy-mm-dd>.counts`, an object of numbers by period.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Span
from include.simulator.elexon.settlement import HALF_HOUR_S, local, midnight_s, seconds_of, utc

PIECE_BYTES = 1 << 20
# Blanks around a file's brackets are no longer than this.
EDGE_BYTES = 4_096
HALF_DAY_S = 12 * 3_600


def files_of(folder: Path, code: str, span: Span) -> list[Path]:
    """Return the files of the days of a span; none where it is not made of whole days, or one is missing."""
    files = [folder / code / f"{day.isoformat()}.json" for day in _days(span)]
    return files if all(path.is_file() for path in files) else []


def files_around(folder: Path, code: str, span: Span) -> list[Path]:
    """Return the files that may hold rows of a span, be they of days in UTC or in London."""
    first, last = (utc(at).date() for at in (span.begin_s - HALF_DAY_S, span.end_s + HALF_DAY_S))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    files = [folder / code / f"{day.isoformat()}.json" for day in days]
    return [path for path in files if path.is_file()]


def _days(span: Span) -> list[date]:
    """Return the whole days of a span, by UTC or by London; its end may be half an hour before or after midnight."""
    for clocks, begins_at in ((utc, _utc_midnight), (local, midnight_s)):
        first, after = clocks(span.begin_s).date(), clocks(span.end_s + HALF_HOUR_S).date()
        if begins_at(first) == span.begin_s and abs(span.end_s - begins_at(after)) <= HALF_HOUR_S:
            return [first + timedelta(days=number) for number in range((after - first).days)]
    return []


def _utc_midnight(day: date) -> int:
    return seconds_of(datetime.combine(day, datetime.min.time(), UTC))


def array_of(files: Sequence[Path]) -> Iterator[bytes]:
    """Yield one array with the rows of all files, in the order of the files, newest first."""
    yield b"["
    is_begun = False
    for path in reversed(files):
        begin, end = _inside(path)
        if begin < end and is_begun:
            yield b","
        yield from _part(path, begin, end)
        is_begun |= begin < end
    yield b"]"


def _inside(path: Path) -> tuple[int, int]:
    """Return where the rows of a file begin and end: within its brackets."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(EDGE_BYTES)
        file.seek(max(0, size - EDGE_BYTES))
        tail_at, tail = file.tell(), file.read()
    begin = head.index(b"[") + 1
    begin += len(head[begin:]) - len(head[begin:].lstrip())
    return begin, tail_at + len(tail[: tail.rindex(b"]")].rstrip())


def _part(path: Path, begin: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(begin)
        while begin < end and (piece := file.read(min(PIECE_BYTES, end - begin))):
            begin += len(piece)
            yield piece


def counts_of(folder: Path, code: str, days: Iterable[str]) -> dict[tuple[str, int], int]:
    """Return how many rows each period of some days has, as it lies ready; nothing where that of any day does not."""
    files = {day: folder / code / f"{day}.counts" for day in days}
    if not all(path.is_file() for path in files.values()):
        return {}
    counted = {day: json.loads(path.read_bytes()) for day, path in files.items()}
    return {(day, int(period)): rows for day, periods in counted.items() for period, rows in periods.items()}


def rows_of(files: Sequence[Path]) -> Iterator[Row]:
    """Yield the rows of all files one by one, newest first, for who has to change some."""
    for path in reversed(files):
        yield from json.loads(path.read_bytes())
