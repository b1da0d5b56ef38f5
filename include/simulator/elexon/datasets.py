"""Every dataset that is simulated, by its code."""

from include.simulator.elexon import (
    acceptances,
    availability,
    balancing,
    bids,
    demand,
    documents,
    dynamics,
    forecasts,
    frequency,
    fuels,
    notices,
    notifications,
    remit,
    settled,
)
from include.simulator.elexon.series import Series

SERIES: dict[str, Series] = {
    "FUELINST": fuels.FUELINST,
    "FUELHH": fuels.FUELHH,
    **demand.SERIES,
    **frequency.SERIES,
    **forecasts.SERIES,
    **availability.SERIES,
    **notifications.SERIES,
    **bids.SERIES,
    **acceptances.SERIES,
    **dynamics.SERIES,
    **balancing.SERIES,
    **settled.SERIES,
    **documents.SERIES,
    **notices.SERIES,
    **remit.SERIES,
}
