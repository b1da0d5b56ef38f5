"""The catalogue over a real warehouse: what the ledger, the publishers' lists and the declared datasets make of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import streamlit
from psycopg2 import sql
from psycopg2.extras import DateTimeTZRange
from streamlit.testing.v1 import AppTest

from include.operations import runs
from include.serving.catalogue import Entry
from include.serving.coverage import STRIP_DAYS
from include.serving.dashboard.operations.catalogue import queries
from include.serving.dashboard.reader import Reader, reading
from include.settlement import day_started_at
from include.warehouse import Role, Warehouse, session
from tests.declared_dataset import DAG, declare, publish

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LISTED = ["Carbon Intensity API", "Elexon", "Gridloom's forecasts", "NESO", "Smart meters"]
Plant = Callable[..., None]
Run = Callable[[], int]


@pytest.fixture
def reader(shared_warehouse: Warehouse) -> Iterator[Reader]:
    with reading(shared_warehouse.dsn(Role.SCREENS)) as reader:
        yield reader


@pytest.fixture
def dataset(shared_warehouse: Warehouse, request: pytest.FixtureRequest) -> str:
    """A dataset of the test's own, by its name, which is that of its published table too."""
    name = f"tides_{abs(hash(request.node.name))}"
    declare(shared_warehouse, dataset=name, published_table=name)
    return name


@pytest.fixture
def run(shared_warehouse: Warehouse, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Opens one run after the other."""
    names = count()
    with session(shared_warehouse.dsn(Role.LOADER), application="tests") as loader:
        yield lambda: runs.open_run(loader, DAG, f"{request.node.name}_{next(names)}")


def planting(warehouse: Warehouse) -> Plant:
    """Return what puts a row into a table of `ops`."""

    def plant(table: str, **told: Any) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, told))
        values = sql.SQL(", ").join(map(sql.Placeholder, told))
        statement = sql.SQL("insert into ops.{} ({}) values ({})").format(sql.Identifier(table), names, values)
        with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
            cursor.execute(statement, told)

    return plant


@pytest.fixture
def load(shared_warehouse: Warehouse, dataset: str) -> Plant:
    """Notes a load: one of the test's dataset that was held just now, unless it is told otherwise."""
    sound = {"dataset": dataset, "scope": "all", "is_routine": True, "outcome": "held", "started_at": NOW}
    plant = planting(shared_warehouse)
    return lambda run_id, **told: plant("loads", run_id=run_id, **sound | told)


@pytest.fixture
def discover(shared_warehouse: Warehouse) -> Plant:
    """Notes what was found of a name of a publisher's list."""
    sound = {"discovered_at": NOW, "is_listed": True, "is_usable": True, "reason": "3 rows in half an hour"}
    plant = planting(shared_warehouse)
    return lambda run_id, code, **told: plant("elexon_discoveries", run_id=run_id, code=code, **sound | told)


def london(day: date, days: int = 1) -> DateTimeTZRange:
    """Whole days of London's."""
    return DateTimeTZRange(day_started_at(day), day_started_at(day + days * DAY))


def entry(reader: Reader, name: str, at: datetime = NOW) -> Entry:
    [found] = [each for each in reader.catalogue(at) if each.name == name]
    return found


def test_every_declared_dataset_is_listed_by_publisher_before_anything_is_loaded(warehouse):
    with reading(warehouse.dsn(Role.SCREENS)) as reader:
        entries, declared = reader.catalogue(NOW), reader.datasets()
    assert list(dict.fromkeys(each.publisher_title for each in entries)) == LISTED
    assert len(entries) == len({each.name for each in entries}) == len(declared)
    assert {each.standing(NOW) for each in entries} == {"nothing held yet"}
    assert not any(each.needs_attention(NOW) for each in entries)
    looked_up = {each.publisher_title: each.discovery_dag_id for each in entries}
    assert {title: dag_id for title, dag_id in looked_up.items() if dag_id} == {"Elexon": "elexon_discovery"}


def test_what_is_held_is_told_by_the_newest_load_that_came(reader, dataset, run, load):
    first = run()
    load(first, scope="a", new=50, withdrawn=1, started_at=NOW - DAY, finished_at=NOW - DAY + HOUR)
    load(first, scope="b", new=7, started_at=NOW - DAY)
    load(run(), outcome="unchanged", started_at=NOW - HOUR, finished_at=NOW - HOUR / 2)
    load(run(), outcome="loading")
    found = entry(reader, dataset)
    assert (found.rows_held, found.loaded_at, found.is_failing) == (56, NOW - HOUR / 2, False)
    assert (found.standing(NOW), found.age(NOW)) == ("loaded", HOUR / 2)


def test_what_failed_in_an_earlier_run_is_no_failure_any_more(shared_warehouse, dataset, run, load):
    def failure() -> tuple[str | None, datetime | None]:
        with reading(shared_warehouse.dsn(Role.SCREENS)) as reader:
            found = entry(reader, dataset)
        return found.cause, found.failed_at

    load(run(), outcome="failed", cause="the pier is closed", started_at=NOW - 2 * HOUR)
    assert failure() == ("the pier is closed", NOW - 2 * HOUR)
    # Of the next run something failed, too, but not what was loaded last.
    second = run()
    load(second, scope="a", outcome="failed", cause="the tide is out", started_at=NOW - HOUR)
    load(second, scope="b", started_at=NOW)
    assert failure() == ("the tide is out", NOW - HOUR)
    load(run(), started_at=NOW + HOUR)
    assert failure() == (None, None)


def test_a_load_that_was_killed_with_its_run_has_failed(shared_warehouse, dataset, run, load):
    def cause() -> str | None:
        with reading(shared_warehouse.dsn(Role.SCREENS)) as reader:
            return entry(reader, dataset).cause

    run_id = run()
    load(run_id, outcome="loading")
    assert cause() is None
    with session(shared_warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set status = 'lost', finished_at = now() where run_id = %s", (run_id,))
    assert cause() == "the process was killed"


def test_the_last_days_are_told_oldest_first_in_the_days_of_the_dataset(reader, dataset, run, load):
    today = NOW.date()
    load(run(), covers=london(today - 40 * DAY, 12))
    load(run(), outcome="failed", covers=london(today - 2 * DAY, 2))
    load(run(), covers=london(today - DAY))
    load(run(), outcome="loading", covers=london(today))
    days = entry(reader, dataset).days
    assert len(days) == STRIP_DAYS
    assert days[:2] == ("held", "not_asked"), "of twelve days the last one is among the thirty"
    assert days[-4:] == ("not_asked", "missing", "held", "loading")
    assert entry(reader, "elexon_pn").days == ()


def test_days_between_two_are_those_of_the_whole_view(reader, dataset, run, load):
    load(run(), covers=london(date(2026, 3, 1), 3))
    load(run(), outcome="failed", covers=london(date(2026, 3, 6), 2))
    whole, within = (
        {
            (row["day"], row["state"])
            for row in reader.rows(f"select day, state from {what} where dataset = '{dataset}'")
        }
        for what in ("ops.coverage", "ops.coverage_between('2026-03-03', '2026-03-06')")
    )
    assert len(whole) == 7
    assert {state for _, state in whole} == {"held", "never asked for", "missing"}
    assert within == {each for each in whole if date(2026, 3, 3) <= each[0] <= date(2026, 3, 6)}


def test_a_publishers_own_list_tells_names_rows_and_why_something_cannot_be_loaded(reader, run, load, discover):
    run_id, listed = run(), {"raw_table": "raw.elexon_bod"}
    discover(run_id, "BOD", discovered_at=NOW - DAY, rows_held=1, **listed)
    discover(run_id, "BOD", rows_held=2_000_000, drift="new field price", **listed)
    discover(run_id, "BIDS", is_usable=False, reason="no route: the name of BOD in the list")
    load(run_id, dataset="elexon_bod", new=5)
    bids, alias = entry(reader, "elexon_bod"), entry(reader, "BIDS")
    assert (bids.label, bids.title) == ("BOD", "Bid Offer Data")
    assert (bids.rows_held, bids.drift, bids.discovered_at) == (2_000_000, "new field price", NOW)
    assert (alias.title, alias.publisher_title, alias.standing(NOW)) == ("BIDS", "Elexon", "cannot be loaded")
    assert alias.reason == "no route: the name of BOD in the list"
    newest = reader.rows("select code, rows_held from ops.elexon_datasets where code in ('BIDS', 'BOD') order by code")
    assert [(row["code"], row["rows_held"]) for row in newest] == [("BIDS", None), ("BOD", 2_000_000)]


def test_rows_are_counted_by_the_ledger_where_no_list_tells_of_them(reader, run, load):
    run_id = run()
    load(run_id, dataset="elexon_system_prices", new=48)
    load(run_id, dataset="elexon_pn", new=48, rows_held=48, version_id=1)
    assert entry(reader, "elexon_system_prices").rows_held == 48
    assert entry(reader, "elexon_pn").rows_held is None, "of what is kept by windows new rows replace others"


@pytest.mark.parametrize(
    ("loaded", "waiting", "standing"),
    [(5 * DAY, 4 * DAY + HOUR, "late"), (2 * HOUR, HOUR, "update due"), (0 * DAY, None, "fresh")],
)
def test_what_waits_to_be_loaded_waits_since_the_first_change_after_the_load(
    reader, run, load, discover, loaded, waiting, standing
):
    code = f"CODE{loaded.total_seconds():.0f}"
    name = {5 * DAY: "elexon_freq", 2 * HOUR: "elexon_fuelhh", 0 * DAY: "elexon_mid"}[loaded]
    run_id = run()
    load(run_id, dataset=name, started_at=NOW - loaded, finished_at=NOW - loaded)
    for ago in (6 * DAY, 4 * DAY, 2 * DAY, 0 * DAY):
        found = {"discovered_at": NOW - ago, "last_updated_at": NOW - ago - HOUR, "raw_table": f"raw.{name}"}
        discover(run_id, code, **found)
    bids = entry(reader, name)
    assert (bids.waiting(NOW), bids.standing(NOW)) == (waiting, standing)


def test_columns_that_a_publisher_added_are_drift_until_they_are_taken_in(shared_warehouse, reader, dataset, run):
    publish(shared_warehouse, "(now(), 1)", columns="at timestamptz, sea_level double precision", table=dataset)
    plant, run_id = planting(shared_warehouse), run()
    for name in ("seaLevel", "salinity", "wind"):
        plant("schema_drift", dataset=dataset, column_name=name, first_seen_at=NOW, run_id=run_id)
    assert entry(reader, dataset).drift == "new: salinity, wind"


def test_all_of_one_dataset_is_told(shared_warehouse, reader, dataset, run, load):
    columns = 'at timestamptz, "seaLevel" real, known_at timestamptz'
    publish(shared_warehouse, "(now(), 1, now())", columns=columns, table=dataset)
    run_id = run()
    load(run_id, covers=london(date(2025, 12, 31), 2), fetched=96, new=96, started_at=NOW - HOUR)
    load(run_id, scope="b", outcome="failed", cause="the pier is closed")
    described = queries.described(reader, dataset)
    assert described["instant_column"] == "at"
    described |= {"fields": {"seaLevel": "float?", "new": "int"}, "natural_key": ["at"]}
    told = queries.fields(reader, dataset, described)
    assert [(each.column, each.published, each.kind, each.is_key) for each in told] == [
        ("at", None, None, True),
        ('"seaLevel"', "seaLevel", "float?", False),
        ("known_at", None, None, False),
        (None, "new", "int", False),
    ]
    days = queries.calendar(reader, dataset).to_pylist()
    assert [(day["year"], day["week"], day["weekday"], day["state"]) for day in days] == [
        (2025, 53, "Wed", "Held"),
        (2026, 1, "Thu", "Held"),
    ]
    assert [(each["scope"], each["dag_id"], each["cause"]) for each in queries.loads(reader, dataset)] == [
        ("b", DAG, "the pier is closed"),
        ("all", DAG, None),
    ]
    assert queries.described(reader, "no such dataset") is None


def drawn(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    """The page over a warehouse, as Streamlit draws it."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    streamlit.cache_resource.clear()
    page = AppTest.from_function(_page, default_timeout=60)
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def _page() -> None:
    from include.serving.dashboard import frame  # noqa: PLC0415 - Streamlit runs the body of this function as a script
    from include.serving.dashboard.operations.catalogue import page  # noqa: PLC0415 - likewise

    frame.open_page()
    page.draw()


def test_before_anything_is_loaded_the_page_says_what_to_do(warehouse, monkeypatch):
    page = drawn(warehouse, monkeypatch)
    assert not page.exception
    assert not page.warning
    told = "\n".join(each.value for each in page.info)
    assert "Look them up: `gridloom run elexon_discovery`." in told
    assert "Bring it in: `gridloom run elexon_live`, `gridloom run elexon_daily`." in told
    figures = {each.label: each.value for each in page.metric}
    assert figures["Held"] == "0"
    [table] = page.dataframe
    assert str(len(table.value)) == figures["Datasets"]


def test_a_reader_narrows_the_list_down_and_picks_a_dataset(shared_warehouse, monkeypatch, dataset, run, load):
    load(run(), outcome="failed", cause="the pier is *closed*", covers=london(NOW.date()))
    page = drawn(shared_warehouse, monkeypatch, state="failing")
    assert dataset in list(page.dataframe[0].value["Dataset"])
    page.text_input[0].set_value(f"{dataset} heights").run()
    assert list(page.dataframe[0].value["Dataset"]) == [dataset]
    page.selectbox(key="catalogue-picker").set_value(dataset).run()
    assert not page.exception
    assert page.query_params == {"state": "failing", "find": f"{dataset} heights", "dataset": dataset}
    assert [each.value for each in page.header] == [f"` {dataset} ` · ` Heights `"]
    assert [each.value.endswith("the pier is *closed* `") for each in page.warning] == [True]
    [loads] = [each.value for each in page.dataframe if "Cause" in each.value]
    assert list(loads["Cause"]) == ["the pier is *closed*"]


def test_the_address_names_what_is_shown(shared_warehouse, monkeypatch, dataset):
    publish(shared_warehouse, "('2026-03-01 00:30+00')", table=dataset)
    page = drawn(shared_warehouse, monkeypatch, dataset=dataset, state="nothing-held")
    query = f"select\n    at\nfrom analytics.{dataset}\nwhere at >= '2026-03-01'\norder by at desc\nlimit 100"
    assert [each.value for each in page.code] == [query]


def test_what_an_address_cannot_name_is_told(shared_warehouse, monkeypatch):
    page = drawn(shared_warehouse, monkeypatch, dataset="[gone](x)", find="nobody")
    assert not page.exception
    told = [each.value for each in page.info]
    assert "**There is no dataset ` [gone](x) `.** Pick another one." in told
    assert "**No dataset is like that.** Choose All, another publisher, or other words." in told
