"""All that the API holds at an instant: datasets, prices, reference data, and what tells of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from include.simulator.elexon import drift, prepared, prices, reference, status
from include.simulator.elexon.answers import Simulated
from include.simulator.elexon.asking import Asked
from include.simulator.elexon.catalogue import Dataset
from include.simulator.elexon.datasets import SERIES
from include.simulator.elexon.recorded import Recorded, Recordings
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Series
from include.simulator.elexon.settlement import period_at
from include.simulator.elexon.world import World


def series_of(code: str) -> Series:
    """Return how a dataset comes into being; one that is new is made up."""
    return SERIES.get(code) or drift.invented(code)


@dataclass(frozen=True)
class Holdings:
    """What there is in a world; what was recorded takes the place of what would be simulated."""

    world: World
    start_s: int
    datasets: Mapping[str, Dataset]
    recordings: Recordings
    prepared: Path | None = None  # the folder of days that streams send as they are
    new_fields: tuple[str, ...] = ()

    def source(self, code: str) -> Simulated | Recorded:
        if code in self.recordings.tables:
            return Recorded(code, self.recordings, self.world.clock_s)
        return Simulated(code, series_of(code), self.world, self.start_s)

    def rows(self, code: str, asked: Asked) -> Iterator[Row]:
        """Yield the rows of a dataset that are asked for, the newest first."""
        return drift.with_new_fields(self.source(code).rows(asked), code, self.new_fields)

    def _rows_as_streamed(self, code: str, asked: Asked) -> Iterator[Row]:
        """Yield the rows of a window; those of days that lie ready come from there."""
        files = prepared.files_around(self.prepared, code, asked.window.span) if self.prepared and asked.window else []
        days = {path.stem for path in files}
        yield from (row for row in self.source(code).rows(asked) if row.get("settlementDate") not in days)
        yield from (row for row in prepared.rows_of(files) if asked.holds(row))

    def updated(self, names: list[str]) -> Iterator[Row]:
        """Yield each name with the time of its last update."""
        for name in names:
            code = reference.ALIASES.get(name) or reference.UPDATED_LIKE.get(name, name)
            yield {"dataset": name, "lastUpdated": self.source(code).updated() if code in self.datasets else None}

    def prices(self, day: date, period: int | None = None) -> Iterator[Row]:
        """Yield the system prices of a settlement day, or of one period."""
        if not self.recordings.prices:
            yield from prices.prices_of(self.world, day, period)
        for number in prices.half_hours_of(day, period) if self.recordings.prices else ():
            if (price := self._recorded_price(number)) is not None:
                yield price if isinstance(price, dict) else prices.price_alone(number, price)

    def _recorded_price(self, number: int) -> Row | float | None:
        told = period_at(number)
        is_over = told.end <= self.world.clock
        return self.recordings.prices.get((told.date, told.period)) if is_over else None

    def bm_units(self) -> Iterator[Row]:
        return iter(self.recordings.units) if self.recordings.units else reference.bm_units(self.world.units)

    def counts(self, code: str, days: tuple[date | None, date | None]) -> Iterator[Row]:
        """Yield how many rows there are of each settlement period, the newest first."""
        half_hours = status.half_hours_asked(days, self.world)
        counted = self._counted_before(code, half_hours) or (self._counted(code, half_hours) if half_hours else {})
        for number in reversed(half_hours):
            day, period = status.settled(number)
            yield {"settlementDate": day, "settlementPeriod": period, "dataPointCount": counted.get((day, period), 0)}

    def _counted_before(self, code: str, half_hours: range) -> Mapping[status.Settled, int]:
        """Return what was counted ahead of days that lie ready, where all of them were."""
        days = dict.fromkeys(status.settled(number)[0] for number in half_hours)
        return prepared.counts_of(self.prepared, code, days) if self.prepared else {}

    def _counted(self, code: str, half_hours: range) -> Mapping[tuple[str, int], int]:
        if code in self.datasets:
            return status.counted(code, half_hours, series_of(code), partial(self._rows_as_streamed, code))
        if code == prices.SOURCE:
            return status.priced(half_hours, lambda day, period: bool(list(self.prices(day, period))))
        return status.invented(code, half_hours, self.world)
