"""What is foreseen from which origin: once, from enough that is new, and what was not made is told with its reason."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from include.forecasting.model import Asked
from include.forecasting.panel import Absent, Answer, Panel
from include.ingestion.errors import RewrittenError
from tests.integration.forecasts.conftest import ask
from tests.known_days import BEGIN, END, HALF_HOURS, NAIVE, ByFormula

MODELS = ("naive_day", "naive_week")
ROWS = "select count(*), md5(string_agg(row::text, ' ' order by row.version_id)) from raw.forecasts as row"
WRITTEN = "select new, revised, unchanged from ops.loads where dataset = 'forecasts' order by load_id"
NOTHING = "nothing was known of it"
# Of all targets but demand nothing has come.
SILENT = ("carbon", "gas", "solar", "wind")


class Together:
    """A panel that answers once two runs have asked it."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.have_met = panel, threading.Event()
        self.meeting = threading.Barrier(2, action=self.have_met.set)

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer | Absent]:
        """Wait for the other run, and answer as the panel does. Who finds rows afterwards asks again, to compare."""
        if not self.have_met.is_set():
            self.meeting.wait(timeout=60)
        yield from self.panel.answers(asked)


@dataclass
class Wavering:
    """A panel that foresees more each time it is asked."""

    times: int = 0

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer | Absent]:
        """Answer otherwise than before."""
        self.times += 1
        yield from ByFormula("wavering", off_mw=self.times).answers(asked)


def at_once(*runs):
    """Do these in threads that begin together; return what went wrong."""
    wrong = []

    def do(run):
        try:
            run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
            wrong.append(error)

    threads = [threading.Thread(target=do, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def of_demand(origin_at):
    return [(origin_at, "demand", model, HALF_HOURS) for model in MODELS]


def test_an_origin_that_two_runs_make_at_once_is_written_once(foreseeing, monkeypatch):
    """Both ask their models before either has written anything; both succeed, and nothing is revised."""
    ask(monkeypatch, Together(NAIVE))
    assert at_once(*[lambda: foreseeing.foresee_from(END)] * 2) == []
    assert foreseeing.made() == of_demand(END)
    written = foreseeing.query("select new::int, revised::int, unchanged::int, outcome from ops.loads order by load_id")
    assert sorted(written[-2:]) == [(0, 0, 192, "held"), (192, 0, 0, "held")]
    assert foreseeing.refused() == [(END, target, None, NOTHING) for target in SILENT]

    foreseeing.publish()
    assert foreseeing.as_analyst("select count(*)::int from analytics.half_hourly_forecasts") == [(192,)]


def test_the_same_origin_again_writes_nothing(foreseeing, monkeypatch):
    ask(monkeypatch, NAIVE)
    assert foreseeing.foresee_from(END)
    before = foreseeing.query(ROWS)
    foreseeing.foresee_from(END)
    assert foreseeing.query(ROWS) == before
    assert foreseeing.query(WRITTEN) == [(192, 0, 0), (0, 0, 192)]


def test_what_came_since_does_not_change_an_origin_that_is_held(foreseeing, monkeypatch):
    """A correction is known late, by a clock that was set back, as of before the origin."""
    ask(monkeypatch, NAIVE)
    foreseeing.foresee_from(END)
    before = foreseeing.query(ROWS)
    with foreseeing.as_owner() as cursor:
        cursor.execute(
            """
            insert into raw.elexon_indo (
                start_time, publish_time, settlement_date, settlement_period, demand, content_hash, known_at, run_id
            )
            select
                start_time, publish_time, settlement_date, settlement_period, 1, '\\x00', publish_time, 1
            from raw.elexon_indo
            where start_time = %s
            """,
            [END - timedelta(days=1)],
        )
        cursor.execute(
            "update ops.watermarks set published_version_id = published_version_id + 1 where release = 'elexon_live'"
        )
    foreseeing.foresee_from(END)
    assert foreseeing.query(ROWS) == before


def test_another_value_for_the_same_origin_is_an_error_and_the_rows_stay(foreseeing, monkeypatch):
    ask(monkeypatch, NAIVE, Wavering())
    foreseeing.foresee_from(END)
    before = foreseeing.query(ROWS)
    with pytest.raises(RewrittenError, match=r"96 rows of forecasts, origin .* differ from those that are held"):
        foreseeing.foresee_from(END)
    assert foreseeing.query(ROWS) == before
    assert foreseeing.query(
        "select outcome, cause like 'RewrittenError: %%' from ops.loads order by load_id desc limit 1"
    ) == [("failed", True)]


def test_a_model_that_is_new_is_added_to_an_origin_that_is_held(foreseeing, monkeypatch):
    ask(monkeypatch, NAIVE)
    foreseeing.foresee_from(END)
    ask(monkeypatch, NAIVE, ByFormula())
    foreseeing.foresee_from(END)
    assert foreseeing.made() == [(END, "demand", "formula", HALF_HOURS), *of_demand(END)]
    assert foreseeing.query(WRITTEN) == [(192, 0, 0), (96, 0, 192)]


def test_what_is_known_too_little_of_is_refused_with_its_reason_and_the_rest_is_made(foreseeing):
    """By the models that there are: those of torch are not installed here, which is told as well."""
    at = BEGIN + timedelta(days=50)
    assert foreseeing.foresee(END, origin=at.isoformat())
    assert foreseeing.made() == []
    assert foreseeing.refused()[1] == (at, "demand", None, "50.0 days of it were known; 56 are needed")

    assert foreseeing.foresee_from(END)
    assert set(of_demand(END)) <= set(foreseeing.made())
    assert {target for _, target, *_ in foreseeing.made()} == {"demand"}
    because = "it is not installed; make forecasts brings it"
    assert [each[1:] for each in foreseeing.refused() if each[0] == END] == [
        *((target, None, NOTHING) for target in SILENT),
        *((None, model, because) for model in ("chronos", "fracast")),
    ]
    # Neither was a failure.
    assert foreseeing.query("select distinct outcome from ops.loads where dataset = 'forecasts'") == [("held",)]


def test_an_origin_after_a_long_silence_is_refused(foreseeing, monkeypatch):
    ask(monkeypatch, NAIVE)
    # What is published at END has not come.
    at = END + timedelta(hours=3)
    foreseeing.foresee(at)
    because = "the newest half-hour that was known ended 3.5 h before; at most 3 h may have passed"
    assert (at, "demand", None, because) in foreseeing.refused()


def test_nothing_is_refused_twice_for_one_origin(foreseeing, monkeypatch):
    ask(monkeypatch, NAIVE)
    for _ in range(2):
        foreseeing.foresee_from(END)
    assert foreseeing.refused() == [(END, target, None, NOTHING) for target in SILENT]
    assert foreseeing.query("select count(distinct run_id)::int from ops.forecast_refusals") == [(1,)]


def test_a_run_by_itself_leaves_out_what_nothing_new_has_come_of(foreseeing, monkeypatch):
    """An origin that somebody names is made all the same."""
    ask(monkeypatch, NAIVE)
    assert foreseeing.foresee(END)
    foreseeing.publish()
    later, named = END + timedelta(minutes=30), END + timedelta(minutes=20)
    assert not foreseeing.foresee(later)
    assert foreseeing.made() == of_demand(END)
    [(status,)] = foreseeing.query("select status from ops.pipeline_runs order by run_id desc limit 1")
    assert status == "skipped"
    assert foreseeing.foresee(later, origin=named.isoformat())
    assert foreseeing.made() == [*of_demand(END), *of_demand(named)]


def test_an_origin_ahead_of_the_run_is_refused_and_says_why(foreseeing):
    ahead = END + timedelta(minutes=1)
    with pytest.raises(ValueError, match="lies ahead; nobody knows yet what is known then"):
        foreseeing.foresee(END, origin=ahead.isoformat())
    with pytest.raises(ValueError, match="Invalid isoformat"):
        foreseeing.foresee(END, origin="tomorrow")
    assert foreseeing.made() == []
