"""The Explorer's page, drawn without a browser, in a home whose warehouse changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from include.serving.dashboard.operations.explorer.answers import LET_GO, Answer, keep
from include.serving.dashboard.process import this_process
from include.serving.explorer.export import arrow_table
from include.serving.explorer.query import Result
from include.warehouse import Role

KEPT = "explorer-answer"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home that has chosen simulated rows, and has no server."""
    monkeypatch.setenv("GRIDLOOM_HOME", str(tmp_path))
    monkeypatch.setenv("GRIDLOOM_POSTGRES_PORT", "1")
    this_process.clear()
    home = Home(tmp_path)
    home.choose(SIMULATED_DATABASE)
    yield home
    this_process.clear()


def page() -> AppTest:
    def script() -> None:
        from include.serving.dashboard import frame  # noqa: PLC0415 - the test runs its text elsewhere
        from include.serving.dashboard.operations.explorer import page  # noqa: PLC0415

        frame.open_page()
        page.show("select 1", "Sample query")

    return AppTest.from_function(script, default_timeout=30)


def answer(said: Result | str) -> Answer:
    return Answer(this_process().url(Role.EXPLORER), said)


def test_a_result_goes_when_another_warehouse_is_in_use(home: Home) -> None:
    drawn = page()
    drawn.session_state[KEPT] = answer(
        Result(("n",), ("int4",), arrow_table(["n"], [(1,)]), is_cut=False, duration_s=0.1)
    )
    drawn.run()
    assert len(drawn.dataframe) == 1
    home.choose(REAL_DATABASE)
    drawn.run()
    assert len(drawn.dataframe) == 0


def test_no_file_is_made_before_it_is_asked_for(home: Home) -> None:
    drawn = page()
    drawn.session_state[KEPT] = answer(
        Result(("n",), ("int4",), arrow_table(["n"], [(1,)]), is_cut=False, duration_s=0.1)
    )
    drawn.run()
    buttons = drawn.get("download_button")
    assert [button.proto.label for button in buttons] == ["CSV", "Parquet"]
    assert [button.proto.url for button in buttons] == ["", ""]


def test_no_more_results_are_kept_than_there_is_room_for() -> None:
    table = arrow_table(["n"], [("x" * 1000,)])
    results = [Result(("n",), ("text",), table, is_cut=False, duration_s=0.1) for _ in range(5)]
    answers = [keep(Answer("", result), most_bytes=3 * table.nbytes) for result in results]
    assert [answer.said for answer in answers] == [LET_GO, LET_GO, *results[2:]]
    # Those of sessions that have ended take no room.
    del answers[2:4]
    later = keep(Answer("", results[0]), most_bytes=3 * table.nbytes)
    assert [later.said, answers[-1].said] == [results[0], results[4]]


def test_a_refusal_goes_with_it(home: Home) -> None:
    drawn = page()
    drawn.session_state[KEPT] = answer("Permission denied for schema raw.")
    drawn.run()
    assert [each.value for each in drawn.error] == ["` Permission denied for schema raw. `"]
    home.choose(REAL_DATABASE)
    drawn.run()
    assert len(drawn.error) == 0


def test_a_long_result_is_drawn_thinned_and_says_so(home: Home) -> None:
    rows = tuple((number, number % 7) for number in range(10_000))
    drawn = page()
    drawn.session_state[KEPT] = answer(
        Result(("n", "m"), ("int4", "int4"), arrow_table(["n", "m"], rows), is_cut=False, duration_s=0.1)
    )
    drawn.run()
    assert "2,000 of 10,000 rows are drawn, evenly picked." in [each.value for each in drawn.caption]
