"""`gridloom backtest`: how a model would have done at past origins, beside the naive ones."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from include.commands import analyst, terminal
from include.commands.names import KnownHistory
from include.commands.terminal import about, out
from include.forecasting.backtest import Backcast, backtest, known_after
from include.forecasting.history import History, TooLittleHistoryError
from include.forecasting.known import LONGEST_HISTORY, Refused, read_known, read_outturn, refusal_of, with_beside
from include.forecasting.model import Model
from include.forecasting.naive import NAIVE_DAY, NAIVE_WEEK
from include.forecasting.scores import Scores, scores_of
from include.forecasting.skill import mase_scale
from include.forecasting.target import TARGETS, Target, target_of
from include.ingestion.window import instant
from include.local.errors import LocalError
from include.operations import backtests, versions
from include.operations.backtests import Backtest
from include.settlement import HALF_HOUR, half_hour_at_or_after, starts_half_hour
from include.sources.forecasts.datasets import INPUTS
from include.sources.forecasts.forecaster import RELEASE
from include.sources.forecasts.models import OWN
from include.warehouse import Connection, Role, Warehouse, session

APPLICATION = "gridloom backtest"
MOST_ORIGINS = 20_000


@dataclass(frozen=True)
class Request:
    """What is tested, at which origins, from which history."""

    target: Target
    model: str
    first_at: datetime
    end_at: datetime
    every: timedelta
    history: KnownHistory

    @property
    def origins(self) -> list[datetime]:
        """The origins, in order."""
        return [self.first_at + number * self.every for number in range(-((self.first_at - self.end_at) // self.every))]


@dataclass
class Tested:
    """What came of it so far."""

    refused: dict[str, int] = field(default_factory=dict)
    """How many origins were refused, by why."""
    by_model: dict[str, list[Backcast]] = field(default_factory=dict)


def read_request(target: str, model: str, first: str, end: str, every: float, history: KnownHistory) -> Request:
    """Return what the command line asks for. Raises LocalError where it makes no sense."""
    named = {each.name: each for each in TARGETS}
    if target not in named:
        raise LocalError(f"--target {target} is not one of {', '.join(named)}")
    if model not in OWN:
        raise LocalError(f"--model {model} is not one of {', '.join(OWN)}")
    try:
        first_at, end_at = half_hour_at_or_after(instant(first)), instant(end)
    except ValueError as error:
        raise LocalError(f"--from and --to are instants or days, such as 2026-01-01T06:00Z: {error}") from None
    step = timedelta(hours=every)
    if first_at >= end_at or not starts_half_hour(first_at + step):
        raise LocalError("--from must lie before --to, and --every be whole half-hours, such as 24 or 127.5")
    request = Request(named[target], model, first_at, end_at, step, history)
    if len(request.origins) > MOST_ORIGINS:
        raise LocalError(f"that is {len(request.origins):,} origins; ask for at most {MOST_ORIGINS:,} at once")
    return request


def run(request: Request) -> None:
    """Test a model, print what came of it, and keep it in `ops.backtests`.

    Raises LocalError where there is no such model, or no origin from which it could be tested.
    """
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    models = [OWN[request.model], NAIVE_DAY, NAIVE_WEEK]
    warehouse = analyst.reachable(settings, home)
    began = time.monotonic()
    with session(warehouse.dsn(Role.TRANSFORMER), application=APPLICATION) as reader:
        reader.set_session(readonly=True)
        actual = _outturn(reader, request)
        if actual is None:
            raise LocalError(f"nothing is known of {request.target.name}; docs/forecasts.md says what brings it in")
        tested = _test(request, models, actual, _known_at(reader, request, actual))
    if not tested.by_model:
        raise LocalError(_why_none(request, tested))
    scores = _scores(request, tested, actual)
    _keep(warehouse, _backtest(request, models[0], tested, scores, time.monotonic() - began))
    _print(request, tested, scores)


def _outturn(reader: Connection, request: Request) -> History | None:
    """Return what is known now of the target, since the longest history of the first origin begins."""
    since, now = request.first_at - LONGEST_HISTORY, datetime.now(UTC)
    with reader:
        until = versions.readable_until(reader, RELEASE, INPUTS[request.target.name])
        found = read_outturn(reader, request.target, since, now, until=until)
        beside = request.target.beside and read_outturn(
            reader, target_of(request.target.beside), since, now, until=until
        )
    return found.with_beside(beside) if found and beside else found


def _known(reader: Connection, target: Target, origin_at: datetime) -> History | Refused:
    """Return what is published of a target and was known at an origin."""
    with reader:
        until = versions.readable_until(reader, RELEASE, INPUTS[target.name])
        known = with_beside(reader, read_known(reader, target, origin_at, until=until), until=until)
    return known if isinstance(known, Refused) else known.history


def _known_at(reader: Connection, request: Request, actual: History) -> Callable[[datetime], History | Refused]:
    """Return what tells what a model is given at an origin."""
    if request.history is KnownHistory.KNOWN:
        return lambda origin_at: _known(reader, request.target, origin_at)
    return lambda origin_at: _latest(actual, origin_at)


def _latest(actual: History, origin_at: datetime) -> History | Refused:
    """Return what is known now of all that had ended an hour before an origin."""
    try:
        history = known_after(actual)(origin_at)
    except TooLittleHistoryError:
        return Refused(str(refusal_of(None, origin_at)))
    because = refusal_of(history, origin_at)
    return history if because is None else Refused(because)


def _test(
    request: Request, models: Sequence[Model], actual: History, known_at: Callable[[datetime], History | Refused]
) -> Tested:
    tested = Tested()
    with terminal.interruptible(), _progress(len(request.origins)) as advance:
        for origin_at in request.origins:
            known = known_at(origin_at)
            if isinstance(known, Refused):
                tested.refused[known.because] = tested.refused.get(known.because, 0) + 1
            else:
                try:
                    _ask(request, models, known, origin_at, actual, tested)
                except TooLittleHistoryError as error:
                    tested.refused[str(error)] = tested.refused.get(str(error), 0) + 1
            advance()
    return tested


def _ask(
    request: Request, models: Sequence[Model], history: History, origin_at: datetime, actual: History, tested: Tested
) -> None:
    """Keep what all three models say, or nothing. Raises TooLittleHistoryError where one finds too little."""
    made = [
        list(backtest(model, request.target, [origin_at], known_at=lambda _: history, actual=actual))
        for model in models
    ]
    for role, backcasts in zip(("tested", "day", "week"), made, strict=True):
        tested.by_model.setdefault(role, []).extend(backcasts)


def _scores(request: Request, tested: Tested, actual: History) -> list[Scores]:
    span = (request.end_at - request.first_at) // HALF_HOUR
    change = mase_scale(actual.between(request.first_at, span + 96))
    return list(scores_of(*(tested.by_model[role] for role in ("tested", "day", "week")), daily_change=change))


def _why_none(request: Request, tested: Tested) -> str:
    because = next(iter(tested.refused), "there is no origin")
    hint = (
        "; history that was loaded later was not known then: --history latest tests by what is known of it now"
        if request.history is KnownHistory.KNOWN
        else ""
    )
    return f"all {len(request.origins):,} origins were refused; the first: {because}{hint}"


def _backtest(request: Request, model: Model, tested: Tested, scores: Sequence[Scores], took_s: float) -> Backtest:
    overall = asdict(scores[0])
    del overall["lead"]
    return Backtest(
        target=request.target.name,
        model=model.name,
        model_version=model.version,
        first_origin_at=request.origins[0],
        last_origin_at=request.origins[-1],
        every=request.every,
        history=request.history.value,
        origins=len(request.origins),
        refused=sum(tested.refused.values()),
        by_lead=[asdict(each) for each in scores[1:]],
        took_s=took_s,
        **overall,
    )


def _keep(warehouse: Warehouse, tested: Backtest) -> None:
    with session(warehouse.dsn(Role.LOADER), application=APPLICATION) as loader:
        backtests.keep(loader, tested)


def _print(request: Request, tested: Tested, scores: Sequence[Scores]) -> None:
    unit = request.target.unit
    table = Table(title=f"{request.model}: {request.target.title} ({unit})", title_justify="left", box=None)
    headings = ("lead", "half-hours", "MAE", "naive day", "naive week", "skill", "MASE", "pinball", "coverage")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for each in scores:
        errors = [_told(value, ",.1f") for value in (each.mae, each.mae_naive_day, each.mae_naive_week)]
        shares = [_told(each.skill, ".3f"), _told(each.mase, ".3f"), _told(each.pinball, ",.1f")]
        covered = _told(each.coverage_pct, ".1f")
        table.add_row(each.lead, f"{each.half_hours:,}", *errors, *shares, covered and f"{covered} %")
    out.print(table)
    refused = sum(tested.refused.values())
    out.print(f"{len(request.origins) - refused:,} origins, {refused:,} refused; kept in ops.backtests", markup=False)
    for because, times in sorted(tested.refused.items(), key=lambda item: -item[1])[:3]:
        out.print(f"refused {times:,} times: {because}", markup=False)
    if request.history is KnownHistory.LATEST:
        out.print("from what is known now, which flatters where it was revised since", markup=False)


def _told(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


@contextmanager
def _progress(origins: int) -> Iterator[Callable[[], None]]:
    """Show how it goes on, for the length of a block: a bar on a terminal, and nothing else."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("origins"), TimeRemainingColumn())
    with Progress(*columns, console=about, disable=not about.is_terminal) as bar:
        task = bar.add_task("", total=origins)
        yield lambda: bar.advance(task)
