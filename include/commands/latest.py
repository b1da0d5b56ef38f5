"""`gridloom latest`: what the grid is doing now, on a terminal or as JSON, once or again and again."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg2
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from include.commands import analyst, grid_now, terminal
from include.commands.terminal import as_text, out
from include.local.errors import LocalError
from include.serving.latest import Direction, Figure, Flow, Latest, age_of, as_json, time_of
from include.settlement import LONDON

APPLICATION = "gridloom latest"
WATCHED_EVERY_S = 30
MW_PER_GW = 1_000
BAR_WIDTH = 12
# Fuels and cables stand beside each other from this width on, so that all of it fits a screen of 24 lines.
SIDE_BY_SIDE_WIDTH = 132
ARROWS = {Direction.IMPORT: "←", Direction.EXPORT: "→", Direction.IDLE: " "}
IMPORT_STYLE, EXPORT_STYLE, FUEL_STYLE, SUSPECT_STYLE = "green", "magenta", "cyan", "bold yellow"
PLACES = {"Hz": 2, "MWh": 0}


@dataclass(frozen=True)
class Request:
    """How it is to be told."""

    is_json: bool
    every_s: float | None
    """Told anew after so many seconds; None tells it once."""


def read_request(seconds: float | None, *, watches: bool, is_json: bool) -> Request:
    """Return what the command line asks for. Raises LocalError where it does not fit together."""
    if seconds is not None and not watches:
        raise LocalError(f"{seconds:g} says how often to draw it anew, which goes with --watch: --watch {seconds:g}")
    return Request(is_json, (seconds or WATCHED_EVERY_S) if watches else None)


def latest(request: Request) -> None:
    """Print what the grid is doing now. Raises LocalError where nothing is published yet, or it cannot be read."""
    settings, home = terminal.open_home()
    warehouse = analyst.reachable(settings, home)
    if not home.is_simulated or request.is_json:
        terminal.show_banner(home)
    if request.every_s is None:
        _print(grid_now.read(warehouse, home, APPLICATION), is_json=request.is_json)
        return
    with terminal.interruptible(), suppress(KeyboardInterrupt):
        _watch(request, lambda: grid_now.read(warehouse, home, APPLICATION))


def _print(found: Latest, *, is_json: bool) -> None:
    if is_json:
        print(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        out.print(picture(found, out.width))


def _watch(request: Request, read: Callable[[], Latest]) -> None:
    """Tell it again and again, until Ctrl-C: drawn in the place of the last one, in a pipe one after the other."""
    while True:
        if request.is_json:
            print(json.dumps(as_json(read()), ensure_ascii=False), flush=True)
        elif not out.is_terminal:
            _print(read(), is_json=False)
        else:
            # Drawn before the last one goes, so that nothing flickers.
            with out.capture() as drawn:
                out.print(_drawn(read))
            out.clear()
            print(drawn.get(), end="", flush=True)
        # The pace that was asked for: nobody tells a command that something was published.
        time.sleep(request.every_s or WATCHED_EVERY_S)


def _drawn(read: Callable[[], Latest]) -> RenderableType:
    """Return the picture; where there is none now, why: whoever watches waits for the next one."""
    try:
        return picture(read(), out.width)
    except (LocalError, psycopg2.OperationalError) as error:
        return Text(" ".join(str(error).split()), style="yellow")


def picture(found: Latest, width: int) -> RenderableType:
    """Return what the grid is doing as a screen of this width (characters) shows it."""
    parts: list[RenderableType] = [_title(found), _system(found), Text()]
    halves = [_generation(found), _interconnectors(found)]
    if width >= SIDE_BY_SIDE_WIDTH:
        beside = Table.grid(padding=(0, 4, 0, 0))
        beside.add_row(*halves)
        parts.append(beside)
    else:
        parts += [halves[0], Text(), halves[1]]
    return Group(*parts, Text(), *(as_text(each.text) for each in found.attributions))


def _title(found: Latest) -> Text:
    now = found.at.astimezone(LONDON)
    title = Text(f"The grid of Great Britain, {now:%A %-d %B %Y, %H:%M %Z}", style="bold")
    if found.is_simulated:
        title.append("\nSIMULATED DATA: the rows come from Gridloom's simulator, not from the publishers", "yellow")
    return title


def _system(found: Latest) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for heading in ("\nas of", "settlement\nperiod", ""):
        table.add_column(heading, style="dim")
    for each in found.system:
        time_told, age_told = time_of(each, found.at), age_of(each, found.at)
        table.add_row(_name(each), _amount(each), time_told, str(each.settlement_period), age_told)
    return table


def _generation(found: Latest) -> RenderableType:
    table = _bars("Generation", "GW", "%")
    longest = max((each.value for each in found.generation), default=0)
    for each in found.generation:
        share = found.share(each)
        told = "" if share is None else f"{share:.1%}".rstrip("%")
        table.add_row(_name(each), _gigawatts(each), told, _bar(each.value, longest))
    return _with_time(table, found.generation, found.at)


def _interconnectors(found: Latest) -> RenderableType:
    table = _bars("Interconnectors", "", "GW", "of capacity")
    for each in found.interconnectors:
        way = Text(f"{ARROWS[each.direction]} {each.direction:<6} ").append(as_text(each.country or ""))
        style = IMPORT_STYLE if each.direction is Direction.IMPORT else EXPORT_STYLE
        table.add_row(_name(each), way, _gigawatts(each), _use(each), _bar(each.use_share or 0, 1, style))
    return _with_time(table, found.interconnectors, found.at)


def _bars(title: str, *headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, min_width=len(title))
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    table.add_column("", width=BAR_WIDTH)
    return table


def _with_time(table: Table, figures: Iterable[Figure], at: datetime) -> RenderableType:
    """Return a table with the time that it is of below it; all of its rows are of one."""
    newest = max(figures, key=lambda each: each.as_of_at, default=None)
    if newest is None:
        return Text()
    told = f"as of {time_of(newest, at)}, settlement period {newest.settlement_period}, {age_of(newest, at)}"
    return Group(table, Text(told, style="dim"))


def _name(figure: Figure) -> Text:
    name = as_text(figure.name)
    return name.append(" (suspect)", SUSPECT_STYLE) if figure.is_suspect else name


def _amount(figure: Figure) -> Text:
    """Return a value with its unit, power in gigawatts."""
    if figure.unit == "MW":
        return Text(f"{_gigawatts(figure)} GW")
    if figure.unit == "GBP/MWh":
        return Text(f"{'-' if figure.value < 0 else ''}£{abs(figure.value):.2f}/MWh")
    return Text(f"{figure.value:,.{PLACES.get(figure.unit, 2)}f} ").append(as_text(figure.unit))


def _gigawatts(figure: Figure) -> str:
    return f"{figure.value / MW_PER_GW:.2f}"


def _use(flow: Flow) -> str:
    if flow.use_share is None or flow.capacity_mw is None:
        return "unknown"
    return f"{flow.use_share:.0%} of {flow.capacity_mw / MW_PER_GW:.1f}"


def _bar(value: float, longest: float, style: str = FUEL_STYLE) -> Bar:
    return Bar(longest or 1, 0, max(0.0, min(value, longest)), width=BAR_WIDTH, color=style)
