"""The intensity of the whole country: forecast, actual and index."""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from include.simulator.carbon_intensity.bands import index_of
from include.simulator.carbon_intensity.outlook import Outlook, Span, intensity_of
from include.simulator.carbon_intensity.records import Record, half_hour, year_of
from include.simulator.chance import drawn
from include.simulator.weather import EPOCH, HALF_HOUR, Floats, as_datetime, as_numpy, number_of

# For so long after its end, the actual of a half-hour is that of the one before.
COPIED_FOR = timedelta(minutes=11)
# Within a day, half of the actuals are corrected once.
CORRECTED_WITHIN_H = 24.0
CORRECTED_SHARE = 0.5
CORRECTION_G_PER_KWH = 6.0
# The API's actual beside the portal's figure: higher by 1.43 on average, and 3.2 off either way.
HIGHER_BY_G_PER_KWH = 1.43
OFF_BY_G_PER_KWH = 6.0


def _numbers(first: str, end: str) -> range:
    return range(number_of(np.datetime64(first, "s")), number_of(np.datetime64(end, "s")))


# What the real series has and lacks: an outage that was never filled, half-hours without an actual, one told twice.
NEVER_FILLED = _numbers("2023-10-20T22:00", "2023-10-22T19:30")
NEVER_MEASURED = _numbers("2023-01-26T13:30", "2023-01-26T16:00")
TOLD_TWICE = _numbers("2021-04-19T19:00", "2021-04-19T19:30")
SECOND_FORECAST_IS_HIGHER_BY = 7


def national(outlook: Outlook, span: Span) -> list[Record]:
    """Return forecast, actual and index of each half-hour up to the last that is foreseen."""
    span = span.before(outlook.forecast_end)
    forecasts = _rounded(intensity_of(outlook.foreseen_mw(span)))
    records = []
    for number, forecast, actual in zip(span.numbers.tolist(), forecasts, _actuals(outlook, span), strict=True):
        if number not in NEVER_FILLED:
            records.append(_record(number, forecast, actual))
        if number in TOLD_TWICE:
            records.append(_record(number, forecast + SECOND_FORECAST_IS_HIGHER_BY, actual))
    return records


def _record(number: int, forecast: int, actual: int | None) -> Record:
    index = index_of(forecast if actual is None else actual, year_of(number))
    return {**half_hour(number), "intensity": {"forecast": forecast, "actual": actual, "index": index}}


def _actuals(outlook: Outlook, span: Span) -> list[int | None]:
    """Return the actual of each half-hour as told at this instant; null before its end."""
    # One more in front: the newest may be a copy of it.
    longer = Span(max(span.first - 1, 0), span.end)
    told: list[int | None] = list(_rounded(_own_actuals(outlook, longer)))
    for at, number in enumerate(longer.numbers.tolist()):
        ended_for = outlook.clock - as_datetime(EPOCH + (number + 1) * HALF_HOUR)
        if ended_for < timedelta(0) or number in NEVER_MEASURED:
            told[at] = None
        elif ended_for < COPIED_FOR and at:
            told[at] = told[at - 1]
    return told[len(told) - len(span.numbers) :]


def _own_actuals(outlook: Outlook, span: Span) -> Floats:
    """Return what each half-hour is told to have been; the correction is still to come for young ones."""
    numbers = span.numbers
    told = intensity_of(outlook.measured_mw(span)) + HIGHER_BY_G_PER_KWH
    told += OFF_BY_G_PER_KWH * (2 * drawn(outlook.seed, "api actual", numbers) - 1)
    correction = CORRECTION_G_PER_KWH * (2 * drawn(outlook.seed, "api correction", numbers) - 1)
    return told + correction * _is_to_be_corrected(outlook, span)


def _is_to_be_corrected(outlook: Outlook, span: Span) -> NDArray[np.bool_]:
    luck = drawn(outlook.seed, "api corrected after", span.numbers)
    ages_h = (as_numpy(outlook.clock) - span.half_hours - HALF_HOUR).astype(float) / 3600
    pending: NDArray[np.bool_] = (luck < CORRECTED_SHARE) & (ages_h < luck / CORRECTED_SHARE * CORRECTED_WITHIN_H)
    return pending


def _rounded(intensities: Floats) -> list[int]:
    whole: list[int] = np.rint(np.maximum(intensities, 0)).astype(int).tolist()
    return whole
