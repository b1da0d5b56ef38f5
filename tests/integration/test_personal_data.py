"""What is refused of personal data is kept, and no analyst sees it."""

from dataclasses import replace

import psycopg2
import pytest

from include.ingestion.due import Asked
from include.ingestion.ingest import ingest
from include.ingestion.window import Window
from tests.integration.conftest import NEW_YEAR, Publisher, published_row

WINDOW = Window(NEW_YEAR, NEW_YEAR.replace(day=11))
SPOILT = published_row(5, GAS="12 for Jane Doe, 7 Some Street")


@pytest.fixture
def personal(publisher: Publisher) -> Publisher:
    """NESO's mix, as if its rows told of persons: one of them is refused."""
    rows = [published_row(number) for number in range(200)]
    publisher.publish([*rows[:5], SPOILT, *rows[6:]])
    return publisher


def load(publisher: Publisher) -> None:
    dataset = replace(publisher.dataset, is_personal=True)
    ingest(dataset, Asked(WINDOW), client=None, warehouse=publisher.loader, run=publisher.open_run())


def test_a_refused_row_is_counted_and_named_but_not_shown(personal, analyst):
    load(personal)
    load(personal)
    with analyst, analyst.cursor() as cursor:
        cursor.execute("select payload, key, times_rejected from ops.rejected_rows")
        [(payload, key, times)] = cursor.fetchall()
        cursor.execute("select rejected_rows::text from ops.rejected_rows")
        assert "Jane" not in str(cursor.fetchall())
    assert payload.startswith("withheld: ")
    assert (key, times) == (None, 2)


@pytest.mark.parametrize("table", ["raw.rejected_personal_rows", "ops.personal_secret"])
def test_analysts_do_not_read_what_is_withheld(personal, analyst, table):
    load(personal)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege), analyst, analyst.cursor() as cursor:
        cursor.execute(f"select * from {table}")


def test_the_loader_can_tell_what_was_withheld(personal, loader):
    load(personal)
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "select kept.payload from ops.rejected_rows as shown"
            " inner join raw.rejected_personal_rows as kept on shown.payload = kept.name"
        )
        [(payload,)] = cursor.fetchall()
    assert "Jane Doe" in payload
