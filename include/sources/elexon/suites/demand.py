"""What must hold of demand, frequency, forecasts and generation by type, and why."""

from include.quality.bounds import between
from include.quality.subject import Check, Subject

MEASURED = "Outturn is measured; the hour is for clocks that differ."


def _pending(view: str, key: str) -> str:
    return f"{key} = any(array(select {key} from staging.int_elexon__{view}))"  # noqa: S608 - names of ours


def _judged(model: str, view: str, key: tuple[str, ...], columns: str, *checks: Check) -> Subject:
    """Return the pending rows of a model: their key, and expressions that are judged."""
    return Subject(
        suite=f"marts.{model}",
        table=f"marts.{model}",
        key=key,
        query=f"select {', '.join(key)}, {columns} from marts.{model} where {_pending(view, key[0])}",  # noqa: S608
        checks=checks,
    )


def _told_after(lasts: str, column: str) -> str:
    """Return an expression for how many minutes before the end of its time a row was known."""
    return f"extract(epoch from {column} + interval '{lasts}' - known_at)::double precision / 60 as minutes_ahead"


NOT_AHEAD = between(
    "nothing_is_told_ahead", "minutes_ahead", None, 60, says="its time was over when it was told", because=MEASURED
)

MARTS = (
    _judged(
        "half_hourly_demand",
        "pending_demand",
        ("period_started_at",),
        f"indo_mw, itsdo_mw, itsdo_mw - indo_mw as beside_mw, {_told_after('30 minutes', 'period_started_at')}",
        *(
            between(
                f"{column}_is_in_mw",
                column,
                5_000,
                80_000,
                says="demand is 5,000 to 80,000 MW",
                because="It has been 12,000 to 53,000 MW since 2016. Catches kW and GW.",
            )
            for column in ("indo_mw", "itsdo_mw")
        ),
        NOT_AHEAD,
        between(
            "system_demand_is_no_less",
            "beside_mw",
            0,
            None,
            says="transmission system demand is no less than national demand",
            because="It is that with pumping, station load and exports; so it was in all half-hours from 2016 to 2026.",
            only_warns=True,
        ),
    ),
    _judged(
        "minute_frequency",
        "pending_minutes",
        ("started_at",),
        f"min_hz, max_hz, seconds_outside_statutory, {_told_after('1 minute', 'started_at')}",
        *(
            between(
                f"{column}_is_in_hz",
                column,
                45,
                55,
                says="frequency is 45 to 55 Hz",
                because="Generators leave the grid below 47 Hz and above 52. Catches mHz, and a deviation for a value.",
            )
            for column in ("min_hz", "max_hz")
        ),
        NOT_AHEAD,
        between(
            "frequency_is_within_its_limits",
            "seconds_outside_statutory",
            None,
            0,
            says="frequency is within 49.5 to 50.5 Hz",
            because="The law demands it; on 9 August 2019 it fell to 48.8, and a million homes were cut off.",
            only_warns=True,
        ),
    ),
    _judged(
        "half_hourly_demand_forecasts",
        "pending_demand_forecasts",
        ("published_at", "period_started_at", "boundary"),
        "forecast_demand_mw",
        between(
            "forecast_is_in_mw",
            "forecast_demand_mw",
            -5_000,
            80_000,
            says="demand of a boundary is foreseen as -5,000 to 80,000 MW",
            because="Some boundaries feed more in than they use. Catches kW.",
        ),
    ),
    _judged(
        "half_hourly_wind_forecasts",
        "pending_wind_forecasts",
        ("published_at", "period_started_at"),
        "forecast_wind_mw",
        between(
            "forecast_is_in_mw",
            "forecast_wind_mw",
            0,
            60_000,
            says="wind is foreseen as 0 to 60,000 MW",
            because="It has given up to 18,439 MW, of 31,000 that are built. Catches kW.",
        ),
    ),
    _judged(
        "half_hourly_generation_by_type",
        "pending_generation_by_type",
        ("period_started_at", "report", "production_type"),
        f"generation_mw, {_told_after('30 minutes', 'period_started_at')}",
        between(
            "generation_is_in_mw",
            "generation_mw",
            -5_000,
            40_000,
            says="a type gives -5,000 to 40,000 MW",
            because="Gas has given 27,339 MW at most. Catches kW.",
        ),
        NOT_AHEAD,
    ),
)
