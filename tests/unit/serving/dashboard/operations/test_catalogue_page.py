"""What the page Catalogue says, and what it finds for a reader."""

import re
from datetime import date, timedelta
from urllib.parse import unquote

import pyarrow as pa
import pytest

from include.serving.catalogue import State
from include.serving.coverage import STRIP_DAYS
from include.serving.dashboard.operations.catalogue import words
from include.serving.dashboard.operations.catalogue.dataset import as_table as fields_as_table
from include.serving.dashboard.operations.catalogue.dataset import facts, since, told_of
from include.serving.dashboard.operations.catalogue.filters import LONGEST, Filters
from include.serving.dashboard.operations.catalogue.queries import Field
from include.serving.dashboard.operations.catalogue.sample import WIDTH, sample
from include.serving.dashboard.operations.catalogue.strip import strip
from include.serving.dashboard.operations.catalogue.table import as_table, hours
from tests.unit.serving.catalogued import NOW, declared, entry

HOUR = timedelta(hours=1)
HEIGHTS = entry("tide_heights", code="HEIGHTS", published_table="half_hourly_tides")
WINDS = entry("wind_speeds", publisher="wind", publisher_title="Wind Office", drift="new: gusts")


@pytest.mark.parametrize(
    ("address", "filters"),
    [
        ({}, Filters()),
        ({"publisher": "tide", "find": "a b", "state": "late"}, Filters("tide", "a b", State.LATE)),
        ({"publisher": "", "find": "x" * 10_000, "state": "'; drop"}, Filters(None, "x" * LONGEST, State.ALL)),
    ],
)
def test_filters_are_read_from_an_address_and_written_to_one(address, filters):
    assert Filters.of(address) == filters
    assert Filters.of(filters.parameters()) == filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), [HEIGHTS, WINDS]),
        (Filters(text="half_HOURLY heights"), [HEIGHTS]),
        (Filters(text="speeds"), [WINDS]),
        (Filters("wind"), [WINDS]),
        (Filters("wind", "heights"), []),
        (Filters(state=State.DRIFT), [WINDS]),
    ],
)
def test_a_reader_finds_by_publisher_words_and_state(filters, found):
    assert filters.found([HEIGHTS, WINDS], NOW) == found


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (
            entry("a", declared("a", newest_at=NOW - 3 * HOUR, warn_after=2 * HOUR)),
            "Late: the newest period ended 2.5 h ago; loaded 0 min ago.",
        ),
        (
            entry("a", last_updated_at=NOW, waiting_since=NOW - HOUR),
            "What its publisher changed 1.0 h ago is not loaded yet; loaded 0 min ago.",
        ),
        (
            entry("a", last_updated_at=NOW, waiting_since=NOW - 72 * HOUR, loaded_at=NOW - 96 * HOUR),
            "Late: what its publisher changed 3 days ago is not loaded yet; loaded 4 days ago.",
        ),
        (
            entry("a", last_updated_at=NOW),
            "Fresh: its publisher had nothing newer when its list was looked up; loaded 0 min ago.",
        ),
        (entry("a"), "Loaded 0 min ago."),
        (entry("a", loaded_at=None), "Nothing is held yet."),
        (entry("A", None, reason="no route"), "Cannot be loaded: no route."),
    ],
)
def test_how_new_something_is_is_told_with_what_it_is_told_by(one, told):
    assert words.standing_told(one, NOW) == told


def test_where_nothing_is_held_or_known_the_commands_that_change_it_are_told():
    never = [entry(name, loaded_at=None, dag_id=name, discovery_dag_id="look") for name in ("daily", "live")]
    assert [*words.what_to_do(never)] == [
        "**Tide Office’s own list has not been looked up yet**, so its names, fields, counts and last updates are not"
        " known. Look them up: `gridloom run look`.",
        "**Nothing of Tide Office is held yet** (2 datasets). Bring it in: `gridloom run live`, `gridloom run daily`.",
    ]
    assert [*words.what_to_do([HEIGHTS, WINDS])] == []


def test_when_a_list_was_looked_up_is_told():
    assert words.looked_up([HEIGHTS], NOW) is None
    told = words.looked_up([entry("a", discovered_at=NOW - 20 * HOUR, discovery_dag_id="look"), HEIGHTS], NOW)
    assert told == (
        "Tide Office’s list was looked up 20.0 h ago; its rows held and last updates are of then. Look again:"
        " `gridloom run look`."
    )


def test_states_are_told_with_how_many_there_are():
    assert words.counted(State.DRIFT, [HEIGHTS, WINDS], NOW) == "Drift 1"
    assert words.STATES.keys() == set(State)


def test_a_row_has_what_is_known_and_nothing_for_what_is_not():
    held = ("held",) * (STRIP_DAYS - 1) + ("missing",)
    rows = [
        entry("a", code="A", rows_held=5, days=held, failed_at=NOW, cause="no\nmore", loaded_at=NOW - HOUR),
        entry("B", None, is_usable=False, reason="no route"),
    ]
    first, second = as_table(rows, NOW).to_pylist()
    assert (first["Dataset"], first["Standing"], first["Age (h)"]) == ("A", "loaded", 1.0)
    assert (first["Days held"], first["Rows held"]) == (29, 5)
    assert first["Last error"] == "2026-05-31 12:00: no"
    assert (second["Standing"], second["Last error"]) == ("cannot be loaded", "no route")
    assert {second[name] for name in ("Age (h)", "Last 30 days", "Days held", "Rows held", "Drift")} == {None}


def test_a_period_that_is_not_over_yet_has_no_age():
    assert (hours(-HOUR), hours(None), hours(1.26 * HOUR)) == (0, None, 1.3)


def test_a_strip_draws_each_day_in_the_colour_of_its_state_and_begins_with_words():
    drawn = unquote(strip(("held", "held", "missing", "held")) or "")
    assert drawn.startswith("data:image/svg+xml;utf8,<svg ")
    assert "<title>3 held, 1 asked for, and did not come</title>" in drawn
    colours_and_lines = re.findall(r'<path stroke="(#......)" [^>]* d="([^"]*)"/>', drawn)
    assert colours_and_lines == [("#009e73", "M0 15h9"), ("#d55e00", "M10 15h4"), ("#009e73", "M15 15h4")]
    assert strip(()) is None


def test_a_query_to_begin_with_asks_for_the_newest_rows_of_few_days():
    assert sample("tides", ["at", "height_m"], "at", date(2026, 5, 31)) == (
        "select\n    at, height_m\nfrom analytics.tides\nwhere at >= '2026-05-31'\norder by at desc\nlimit 100"
    )
    assert sample("tides", ["height_m"], "at", date(2026, 5, 31)).endswith("from analytics.tides\nlimit 100")
    assert sample("tides", ["at"], "at", None).endswith("from analytics.tides\norder by at desc\nlimit 100")
    many = sample("tides", [f"column_{number}" for number in range(30)], None, None)
    assert max(map(len, many.splitlines())) <= WIDTH + 10
    assert many.count(",") == 29


def described(**changes):
    names = ("instant_column", "natural_key", "is_key_known", "parameter_family", "parameters", "largest_window")
    return dict.fromkeys((*names, "fields", "is_listed")) | changes


def test_what_is_said_of_a_dataset_leaves_out_what_is_not_known():
    assert [*told_of(entry("a", loaded_at=None), described(), NOW)] == ["Standing", "Publisher"]
    told = told_of(
        entry("a", rows_held=1_000, published_table="tides", dag_id="tides", reason="3 rows"),
        described(natural_key=["at", "site"], is_key_known=False, parameters=["from*", "site"]),
        NOW,
    )
    assert told["Rows held"] == "1,000"
    assert told["Published table"] == "analytics.tides"
    assert told["Key"] == "at, site (a guess, proven on every answer)"
    assert told["Parameters"] == "from*, site (* must be given)"
    assert told["A small question gave"] == "3 rows"


def test_what_a_publisher_says_is_text():
    assert facts({"Key": "<script>&"}) == '<dl class="facts"><dt>Key</dt><dd>&lt;script&gt;&amp;</dd></dl>'


def test_a_query_begins_where_there_are_rows_but_few():
    days = pa.table({"day": [date(2026, 5, each) for each in (29, 30, 31)], "state": ["Held", "Held", "Being loaded"]})
    today = NOW.date()
    assert since(entry("a", declared("a", newest_at=NOW)), days, today) == today
    assert since(entry("a"), days, today) == date(2026, 5, 23), "a week before what was held last"
    assert since(entry("a"), days, date(2026, 5, 29)) == date(2026, 5, 22), "days to come have no rows yet"
    assert since(entry("a"), days.slice(2), today) is None


def test_fields_have_the_columns_that_tell_something_of_any_of_them():
    columns = [Field("at", "date", None, None, None, is_key=False)]
    assert fields_as_table(columns).column_names == ["Column", "Type"]
    [row] = fields_as_table([Field("at", "date", "When.", "at", "date?", is_key=True)]).to_pylist()
    assert (row["Kind"], row["May be null"], row["Key"], row["What it is"]) == ("date", True, True, "When.")
