"""`gridloom forecast latest`: what is foreseen of the grid, on a terminal or as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg2
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from include.commands import analyst, terminal
from include.commands.terminal import as_text, out
from include.home import Home
from include.local.errors import LocalError
from include.serving.ages import ago
from include.serving.forecasts import Forecasts, Foreseen, HalfHour, as_json, read_newest
from include.settlement import LONDON
from include.warehouse import Warehouse

APPLICATION = "gridloom forecast"
BROUGHT_BY = "forecasts"
# What the overview tells of: the first half-hour, and those so much later.
TOLD_OF = {"next": 0, "+6 h": 12, "+24 h": 48, "+47 h": 94}
BAR_WIDTH = 40
# All of it fits a screen of 80 characters.
NAME_WIDTH = 18


def latest(target: str | None, model: str | None, *, is_json: bool) -> None:
    """Print the newest forecasts: all targets at some leads, or one target half-hour by half-hour.

    Raises LocalError where nothing is published yet, or there is no such target.
    """
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    found = _read(analyst.reachable(settings, home), home, model)
    named = [each.target for each in found.foreseen]
    if target is not None and target not in named:
        raise LocalError(f"--target {target} is not one of {', '.join(named)}")
    foreseen = [each for each in found.foreseen if target in (None, each.target)]
    if is_json:
        told = Forecasts(found.at, foreseen, found.absent)
        print(json.dumps(as_json(told), indent=2, ensure_ascii=False))
    else:
        out.print(_half_hours(foreseen[0], found.at) if target else _overview(foreseen, found.at))
        for name, because in found.absent.items():
            out.print(Text(f"absent: {name}, because {because}", style="dim"))


def _read(warehouse: Warehouse, home: Home, model: str | None) -> Forecasts:
    try:
        with analyst.reading(warehouse, application=APPLICATION) as connection:
            found = read_newest(connection, datetime.now(UTC), model=model)
    except psycopg2.OperationalError:
        raise
    except psycopg2.Error as error:
        raise LocalError(analyst.reason(error)) from error
    if found is None:
        raise LocalError(f"nothing is foreseen yet; make a forecast: {terminal.gridloom()} run {BROUGHT_BY}")
    return found


def _overview(foreseen: Sequence[Foreseen], at: datetime) -> RenderableType:
    ahead = Table(box=None, pad_edge=False, title=f"Forecasts, {_time(at)}", title_justify="left")
    judged = Table(box=None, pad_edge=False, title="Over the last 28 days", title_justify="left")
    for table, headings in ((ahead, TOLD_OF), (judged, ("model", "made", "MAE", "skill", "covered"))):
        table.add_column("", min_width=NAME_WIDTH)
        for heading in headings:
            table.add_column(heading, justify="left" if heading == "model" else "right", no_wrap=True)
    for each in foreseen:
        if each.half_hours:
            ahead.add_row(_name(each), *(_amount(each.half_hours[number]) for number in TOLD_OF.values()))
            judged.add_row(_name(each), as_text(each.model), _age(each, at), *_quality(each))
    return Group(ahead, Text(), judged, Text(), *_refused(foreseen))


def _half_hours(each: Foreseen, at: datetime) -> RenderableType:
    title = f"{each.title} ({each.unit}) by {each.model}, made {_age(each, at)} ago" if each.origin_at else each.title
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for heading in ("begins", "10 %", "50 %", "90 %"):
        table.add_column(heading, justify="left" if heading == "begins" else "right", no_wrap=True)
    table.add_column("", width=BAR_WIDTH)
    longest = max((row.quantile_90 for row in each.half_hours), default=1)
    for row in each.half_hours:
        quantiles = (f"{value:,.0f}" for value in (row.quantile_10, row.quantile_50, row.quantile_90))
        bar = Bar(longest or 1, row.quantile_10, row.quantile_90, width=BAR_WIDTH, color="cyan")
        table.add_row(_time(row.period_started_at), *quantiles, bar)
    mae, skill, covered = _quality(each)
    said = f"28 days: MAE {mae}, skill {skill}, {covered} within 10 to 90" if each.mae is not None else "not judged yet"
    return Group(table, Text(said, style="dim"), *_refused([each]))


def _refused(foreseen: Sequence[Foreseen]) -> list[RenderableType]:
    return [
        Text(f"{each.title}: refused, because ", style="yellow").append(as_text(each.refused_because))
        for each in foreseen
        if each.refused_because
    ]


def _name(each: Foreseen) -> Text:
    return as_text(each.title).append(f" ({each.unit})", style="dim")


def _amount(row: HalfHour) -> Text:
    """Return the quantile 50, and below it those of 10 and 90."""
    told = f"{row.quantile_50:,.0f}"
    return Text(told).append(f"\n{row.quantile_10:,.0f}–{row.quantile_90:,.0f}", style="dim")


def _quality(each: Foreseen) -> tuple[Text, Text, Text]:
    """Return how wrong the model has been, better than naive by how much, and how much fell within its interval."""
    mae = Text("" if each.mae is None else f"{each.mae:,.0f}")
    skill = Text("" if each.skill is None else f"{each.skill:.2f}")
    if each.is_worse_than_naive:
        skill.append(" worse than naive", style="bold yellow")
    return mae, skill, Text("" if each.coverage_pct is None else f"{each.coverage_pct:.0f} %")


def _age(each: Foreseen, at: datetime) -> str:
    return "" if each.origin_at is None else ago(at - each.origin_at)


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(LONDON):%a %-d %b %H:%M}"
