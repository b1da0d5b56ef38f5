"""What the grid is doing now as sheets: a summary, the fuels, the interconnectors. Pure: all of it is handed in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.serving.latest import Figure, Flow, Latest, time_of
from include.serving.workbook.layout import (
    DAY,
    INSTANT,
    NOTE,
    PERCENT,
    PLAIN,
    TITLE,
    TWO_PLACES,
    WARNING,
    WHOLE,
    Bars,
    Cell,
    Column,
    Look,
    Pattern,
    Row,
    Sheet,
    Workbook,
)
from include.settlement import LONDON

TITLED = "What the grid of Great Britain is doing"
MW_PER_GW = 1_000
FUEL_COLOUR, CABLE_COLOUR = "8FB8DE", "9FD3A8"
UNITS = {"MW": "GW", "GBP/MWh": "£/MWh"}
SUSPECT = "suspect: nought in a failover, or more than the cable can carry"
SUMMARY = (
    Column("Quantity", 24),
    Column("Value", 12, is_right=True),
    Column("Unit", 9),
    Column("As of (London)", 17, is_right=True),
    Column("Lasts (min)", 12, is_right=True),
    Column("Settlement date", 16, is_right=True),
    Column("Settlement period", 18, is_right=True),
    Column("Note", 40),
)


def workbook_of(latest: Latest) -> Workbook:
    """Return the workbook of what the grid is doing, as it was read."""
    attribution = " · ".join(f"{each.text} ({each.licence}: {each.licence_url})" for each in latest.attributions)
    return Workbook(TITLED, attribution, (_summary(latest), _generation(latest), _interconnectors(latest)))


def _summary(latest: Latest) -> Sheet:
    return Sheet(
        "Grid now",
        _above(latest, TITLED, None),
        SUMMARY,
        tuple(_marked(_figure(each), each) for each in latest.system),
        _below(latest),
    )


def _generation(latest: Latest) -> Sheet:
    longest = max((each.value for each in latest.generation), default=0) / MW_PER_GW
    columns = (
        Column("Fuel", 24),
        Column("GW", 14, Bars(longest, FUEL_COLOUR), is_right=True),
        Column("Share of generation", 20, is_right=True),
        Column("Note", 40),
    )
    rows = (
        (_text(each.name), _gigawatts(each.value), _number(latest.share(each), PERCENT), _note(each))
        for each in latest.generation
    )
    return Sheet(
        "Generation",
        _above(latest, "Generation by fuel", _first(latest.generation)),
        columns,
        tuple(_marked(row, each) for row, each in zip(rows, latest.generation, strict=True)),
        _below(latest),
    )


def _interconnectors(latest: Latest) -> Sheet:
    columns = (
        Column("Interconnector", 24),
        Column("Country", 18),
        Column("Direction", 11),
        Column("Flow (GW)", 12, is_right=True),
        Column("Capacity (GW)", 15, is_right=True),
        Column("Use of capacity", 16, Bars(1, CABLE_COLOUR), is_right=True),
        Column("Note", 40),
    )
    return Sheet(
        "Interconnectors",
        _above(latest, "Interconnectors: flows into Great Britain are positive", _first(latest.interconnectors)),
        columns,
        tuple(_marked(_flow(each), each) for each in latest.interconnectors),
        _below(latest),
    )


def _first(figures: Sequence[Figure]) -> Figure | None:
    # All of a snapshot are of one time.
    return figures[0] if figures else None


def _above(latest: Latest, title: str, newest: Figure | None) -> tuple[Row, ...]:
    """Return the title, of when it is, and that it is simulated, where it is."""
    written = f"written {latest.at.astimezone(LONDON):%-d %B %Y, %H:%M %Z}"
    if newest is not None:
        written = f"as of {time_of(newest, latest.at)}, settlement period {newest.settlement_period} · {written}"
    rows = [(Cell(title, TITLE),), (Cell(written, NOTE),)]
    if latest.is_simulated:
        told = "SIMULATED DATA: the rows come from Gridloom's simulator, not from the publishers"
        rows.append((Cell(told, WARNING),))
    return tuple(rows)


def _below(latest: Latest) -> tuple[Row, ...]:
    """Return whose data it is, after a row that is empty."""
    owed = (f"{each.text}. {each.licence}: {each.licence_url}" for each in latest.attributions)
    return ((), *((Cell(each, NOTE),) for each in owed))


def _figure(figure: Figure) -> Row:
    is_power = figure.unit == "MW"
    value = _gigawatts(figure.value) if is_power else _number(figure.value, TWO_PLACES)
    return (
        _text(figure.name),
        value,
        _text(UNITS.get(figure.unit, figure.unit)),
        Cell(_wall_time(figure.as_of_at), Look(INSTANT, is_right=True)),
        _number(figure.lasts_minutes, WHOLE),
        Cell(figure.settlement_date, Look(DAY, is_right=True)),
        _number(figure.settlement_period, WHOLE),
        _note(figure),
    )


def _flow(flow: Flow) -> Row:
    capacity_gw = None if flow.capacity_mw is None else flow.capacity_mw / MW_PER_GW
    return (
        _text(flow.name),
        _text(flow.country or "unknown"),
        _text(flow.direction.value),
        _gigawatts(flow.value),
        _number(capacity_gw, TWO_PLACES),
        _number(flow.use_share, PERCENT),
        _note(flow),
    )


def _marked(row: Row, figure: Figure) -> Row:
    """Return a row that stands out where its figure is suspect."""
    if not figure.is_suspect:
        return row
    return tuple(Cell(each.value, replace(each.look, ink=WARNING.ink, paper=WARNING.paper)) for each in row)


def _note(figure: Figure) -> Cell:
    return _text(SUSPECT if figure.is_suspect else None)


def _text(text: str | None) -> Cell:
    return Cell(text, PLAIN)


def _number(number: float | None, pattern: Pattern) -> Cell:
    return Cell(number, Look(pattern, is_right=True))


def _gigawatts(megawatts: float) -> Cell:
    return _number(megawatts / MW_PER_GW, TWO_PLACES)


def _wall_time(at: datetime) -> datetime:
    return at.astimezone(LONDON).replace(tzinfo=None)
