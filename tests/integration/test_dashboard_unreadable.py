"""What a reader of the dashboard is told where the warehouse does not answer."""

from dataclasses import replace

import psycopg2
import pytest

from include.serving.dashboard.generation.half_hours import HALF_HOURS
from include.serving.dashboard.reader import UnreadableError, reading
from include.serving.dashboard.series import extent
from include.warehouse import Role


def test_an_empty_warehouse_has_nothing_and_says_so(shared_warehouse):
    with (
        pytest.raises(UnreadableError, match="Nothing has been published yet"),
        reading(shared_warehouse.dsn(Role.SCREENS)) as reader,
    ):
        extent(reader, HALF_HOURS)


def test_a_warehouse_that_is_not_there_is_told_in_words(shared_warehouse):
    elsewhere = replace(
        shared_warehouse, owner={**shared_warehouse.owner, "dbname": f"{shared_warehouse.database}_missing"}
    )
    url = elsewhere.dsn(Role.SCREENS)
    with pytest.raises(UnreadableError, match="has not been set up yet"), reading(url):
        pass
    with pytest.raises(UnreadableError, match="cannot be reached"), reading("postgresql://x:y@127.0.0.1:1/gridloom"):
        pass


def test_a_login_that_is_refused_is_told_in_words(shared_warehouse):
    mistaken = replace(shared_warehouse, passwords={**shared_warehouse.passwords, Role.SCREENS: "mistaken"})
    with pytest.raises(UnreadableError, match="refuses the dashboard’s login"), reading(mistaken.dsn(Role.SCREENS)):
        pass


def test_what_the_analyst_may_not_read_is_told_in_words(shared_warehouse):
    with (
        pytest.raises(UnreadableError, match="does not let the dashboard read"),
        reading(shared_warehouse.dsn(Role.SCREENS)) as reader,
    ):
        reader.row("select count(*) from raw.neso_generation_mix")


def test_a_warehouse_that_the_analyst_may_not_enter_is_told_in_words(warehouse):
    owner = psycopg2.connect(warehouse.owner_dsn)
    with owner, owner.cursor() as cursor:
        cursor.execute(f"revoke connect on database {warehouse.database} from public, gridloom_screens")
    owner.close()
    with (
        pytest.raises(UnreadableError, match="does not let the dashboard read"),
        reading(warehouse.dsn(Role.SCREENS)),
    ):
        pass


@pytest.mark.parametrize("question", ["no_such_column from ops.pipeline_runs", "no_such_function()", "1 / 0"])
def test_a_question_that_cannot_be_answered_is_no_missing_warehouse(shared_warehouse, question):
    with (
        pytest.raises(UnreadableError, match="cannot answer this page"),
        reading(shared_warehouse.dsn(Role.SCREENS)) as reader,
    ):
        reader.row(f"select {question}")


def test_a_warehouse_that_goes_down_meanwhile_cannot_be_reached(shared_warehouse):
    with (
        pytest.raises(UnreadableError, match="cannot be reached"),
        reading(shared_warehouse.dsn(Role.SCREENS)) as reader,
    ):
        reader.row("select pg_terminate_backend(pg_backend_pid())")
