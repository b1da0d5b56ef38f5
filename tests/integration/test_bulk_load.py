"""What is big comes into columns of its own: straight where nothing is compared, by a stage where something is."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Annotated, Any

import psycopg2
import pytest
from msgspec import Meta
from msgspec import field as named

from include.ingestion.dataset import Dataset, SourceRecord, Storage
from include.ingestion.due import Asked
from include.ingestion.errors import (
    DamagedAnswerError,
    OverlappingWindowError,
    SourceUnavailableError,
    TooManyRejectedError,
    TooManyWithdrawnError,
)
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.limits import Edge, Limit, Limits
from include.ingestion.pieces import pieces
from include.ingestion.raw_table import create_tables
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.operations import runs
from include.operations.runs import Counts
from include.sources.neso.generation_mix import GENERATION_MIX
from include.warehouse import Role, Warehouse, connect

FIRST = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = Window(FIRST, FIRST + DAY)
_DAG_RUNS = count(1)


class Notification(SourceRecord, frozen=True, kw_only=True):
    """The level at which a unit says it will run, over part of a settlement period, MW."""

    settlement_date: date = named(name="settlementDate")
    settlement_period: Annotated[int, Meta(ge=1, le=50)] = named(name="settlementPeriod")
    time_from: datetime = named(name="timeFrom")
    level_from_mw: Annotated[int, Meta(ge=-9_999, le=9_999)] = named(name="levelFrom")
    price: float | None = None
    unit: str = named(name="nationalGridBmUnit")
    bm_unit: str | None = named(name="bmUnit")


VERSIONS = replace(
    GENERATION_MIX,
    table="raw.test_notifications",
    title="Notifications",
    record=Notification,
    key=("time_from", "unit"),
    window_column="time_from",
    storage=Storage.TYPED_VERSIONS,
    edition=None,
    limits=Limits(
        withdrawn_keys=Limit(2, "none was ever withdrawn"),
        rejected_share=Limit(0.1, "a test's"),
        edge=Edge(timedelta(hours=1), timedelta(hours=1), "periods overlap"),
    ),
    transport_columns=("dataset",),
    shown=None,
)
WINDOWS = replace(VERSIONS, table="raw.test_windows", storage=Storage.REPLACED_WINDOWS)
BY_DAY = replace(
    VERSIONS,
    table="raw.test_days",
    storage=Storage.REPLACED_WINDOWS,
    key=("settlement_date", "time_from", "unit"),
    window_column="settlement_date",
)


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A sound row; half an hour has ten of them."""
    at = FIRST + (number // 10) * timedelta(minutes=30)
    sound = {
        "dataset": "PN",
        "settlementDate": f"{at:%Y-%m-%d}",
        "settlementPeriod": number // 10 % 48 + 1,
        "timeFrom": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "levelFrom": number,
        "price": number / 4,
        "nationalGridBmUnit": f"UNIT-{number % 10}",
        "bmUnit": f"T_{number % 10}",
    }
    return sound | changes


HUNDRED = [row(number) for number in range(100)]


def in_pages(rows: list[dict[str, Any]], size: int = 30) -> Iterator[bytes]:
    """The rows as arrays, as they are cut from a stream."""
    for start in range(0, len(rows), size):
        yield json.dumps(rows[start : start + size]).encode()


@dataclass
class Loads:
    """Loads whatever rows a test has the publisher answer with."""

    loader: Any
    asked: list[str] = field(default_factory=list)

    def load(
        self,
        dataset: Dataset,
        pages: Iterable[Any] | list[dict[str, Any]],
        scope: Any = SCOPE,
        *,
        run: Run | None = None,
        edition: Callable[[ApiClient], str] | None = None,
    ) -> Counts:
        client: Any = None

        def fetch(_: ApiClient, scope: Any) -> Iterator[Any]:
            self.asked.append(str(scope))
            answer = pages() if callable(pages) else pages
            yield from in_pages(answer) if isinstance(answer, list) else answer

        asked = Asked(scope)
        dataset = replace(dataset, fetch=fetch, edition=edition)
        counts = ingest(dataset, asked, client=client, warehouse=self.loader, run=run or self.open_run())
        assert counts is not None
        return counts

    def open_run(self) -> Run:
        return Run("test", runs.open_run(self.loader, "test", f"test__{next(_DAG_RUNS)}"))


@pytest.fixture
def loads(warehouse: Warehouse, loader: Any) -> Loads:
    owner = connect(warehouse.owner_dsn, application="tests")
    create_tables(owner, [("a_dag", each) for each in (GENERATION_MIX, VERSIONS, WINDOWS, BY_DAY)])
    owner.close()
    return Loads(loader)


HELD = "select count(*), count(distinct version_id), sum(level_from_mw) from raw.test_windows_held"
LEDGER = "select scope, outcome, version_id from ops.loads order by load_id"


# Typed versions


def test_typed_rows_arrive_in_their_columns_with_one_instant_and_the_run(loads, query):
    run = loads.open_run()
    assert loads.load(VERSIONS, HUNDRED, run=run) == Counts(fetched=100, new=100)
    [(known_at, run_id, versions)] = query(
        "select known_at, run_id, count(distinct version_id) from raw.test_notifications group by 1, 2"
    )
    assert (run_id, versions) == (run.run_id, 100)
    assert query("select last_known_at from ops.datasets where dataset = 'test_notifications'") == [(known_at,)]
    assert query("select outcome, new, known_at from ops.loads") == [("held", 100, known_at)]
    assert query(
        "select settlement_date::text, settlement_period, time_from::text, level_from_mw, price, unit, bm_unit, _extra"
        " from raw.test_notifications where level_from_mw = 13"
    ) == [("2026-01-31", 2, "2026-01-31 00:30:00+00", 13, 3.25, "UNIT-3", "T_3", None)]


def test_rows_that_came_straight_are_known_when_they_come_again(loads, query):
    """What is compared is the hash, which is the same by whichever way a row came."""
    loads.load(VERSIONS, HUNDRED)
    respelt = [each | {"levelFrom": str(each["levelFrom"]), "price": f"{each['price']}0"} for each in HUNDRED]
    assert loads.load(VERSIONS, respelt) == Counts(fetched=100, unchanged=100)
    revised = [row(0, price=-0.05), row(1, bmUnit=None), *HUNDRED[2:99]]
    assert loads.load(VERSIONS, revised) == Counts(fetched=99, revised=2, withdrawn=1, unchanged=97)
    assert loads.load(VERSIONS, [row(0, price=0.05), *revised[1:]]) == Counts(fetched=99, revised=1, unchanged=98)
    assert query("select count(*) from raw.test_notifications where content_hash is null") == [(1,)]


def test_more_vanished_rows_than_the_limit_are_refused(loads, query):
    loads.load(VERSIONS, HUNDRED)
    with pytest.raises(TooManyWithdrawnError, match="3 known rows"):
        loads.load(VERSIONS, HUNDRED[:97])
    assert query("select count(*) from raw.test_notifications") == [(100,)]


@pytest.mark.parametrize("dataset", [VERSIONS, WINDOWS], ids=["versions", "windows"])
def test_what_is_unusual_is_refused_left_out_told_and_kept_row_by_row(loads, query, dataset):
    rows = [
        *HUNDRED,
        row(100, levelFrom="lots"),
        row(101, brandNew="é"),
        row(480),
        row(102, nationalGridBmUnit='a\t"b"\\n\n'),
    ]
    assert loads.load(dataset, rows) == Counts(fetched=104, new=102, rejected=1, outside=1)
    assert query("select reason, observed_at::text from ops.rejected_rows") == [
        ("Expected `int`, got `str` - at `$.levelFrom`", "2026-01-31 05:00:00+00")
    ]
    assert query("select column_name, example from ops.schema_drift") == [("brandNew", "é")]
    assert query(f"select unit, _extra from {dataset.table} where level_from_mw > 100 order by 1") == [
        ("UNIT-1", {"brandNew": "é"}),
        ('a\t"b"\\n\n', None),
    ]


@pytest.mark.parametrize("dataset", [VERSIONS, WINDOWS], ids=["versions", "windows"])
def test_too_many_refused_rows_leave_nothing_but_the_evidence(loads, query, dataset):
    rows = [row(number, **({"levelFrom": None} if number > 80 else {})) for number in range(100)]
    with pytest.raises(TooManyRejectedError, match=r"19 of 100 rows"):
        loads.load(dataset, rows)
    assert query(f"select count(*) from {dataset.table}") == [(0,)]
    assert query("select count(*) from ops.rejected_rows") == [(19,)]
    assert query("select outcome, rejected from ops.loads") == [("failed", 19)]


@pytest.mark.parametrize("dataset", [VERSIONS, WINDOWS], ids=["versions", "windows"])
def test_an_answer_that_is_cut_off_leaves_nothing(loads, query, dataset):
    def cut() -> Iterator[bytes]:
        yield from in_pages(HUNDRED)
        raise SourceUnavailableError("IncompleteRead")

    with pytest.raises(SourceUnavailableError):
        loads.load(dataset, cut)
    assert query(f"select count(*) from {dataset.table}") == [(0,)]
    assert query("select outcome, cause from ops.loads") == [("failed", "SourceUnavailableError: IncompleteRead")]
    assert loads.load(dataset, HUNDRED) == Counts(fetched=100, new=100)


@pytest.mark.parametrize("dataset", [VERSIONS, WINDOWS], ids=["versions", "windows"])
def test_another_edition_in_the_meantime_is_read_instead(loads, query, dataset):
    editions = iter(["one", "two", "two"])
    answers = iter([HUNDRED[:50], HUNDRED])
    counts = loads.load(dataset, lambda: next(answers), edition=lambda _: next(editions))
    assert counts == Counts(fetched=100, new=100)
    assert query(f"select count(*) from {dataset.table}") == [(100,)]
    assert query("select outcome, edition from ops.loads") == [("held", "two")]


@pytest.mark.parametrize("dataset", [VERSIONS, WINDOWS], ids=["versions", "windows"])
def test_a_key_that_comes_twice_is_found_and_judged(loads, query, dataset):
    """Repetitions are found at the end only; then the answer is asked for once more, and compared."""
    assert loads.load(dataset, [*HUNDRED, row(5), row(6)]) == Counts(fetched=102, new=100, repeated=2)
    assert len(loads.asked) == 2
    assert query(f"select count(*) from {dataset.table}") == [(100,)]
    disagreeing = [*HUNDRED, row(100), row(100, levelFrom=7)]
    changed = loads.load(dataset, disagreeing)
    assert (changed.fetched, changed.rejected) == (102, 2)
    assert query("select distinct reason from ops.rejected_rows") == [("Same key came twice with different values",)]


def test_of_rows_with_one_key_the_one_that_wins_is_kept(loads, query):
    dataset = replace(WINDOWS, wins=("level_from_mw",))
    assert loads.load(dataset, [row(1), row(1, levelFrom=9), row(1, levelFrom=4)]) == Counts(
        fetched=3, new=1, repeated=2
    )
    assert query("select level_from_mw from raw.test_windows_held") == [(9,)]


def test_who_loads_the_same_dataset_waits_and_nothing_is_doubled(warehouse, loads, query):
    others = connect(warehouse.dsn(Role.LOADER), application="tests")
    second, outcome = Loads(others), []

    def halfway() -> Iterator[bytes]:
        yield from in_pages(HUNDRED[:60])
        waiting.start()
        yield from in_pages(HUNDRED[60:])

    waiting = threading.Thread(target=lambda: outcome.append(second.load(VERSIONS, HUNDRED)))
    assert loads.load(VERSIONS, halfway) == Counts(fetched=100, new=100)
    waiting.join()
    others.close()
    assert outcome == [Counts(fetched=100, unchanged=100)]
    assert query("select count(*) from raw.test_notifications") == [(100,)]


# Replaced windows


def test_a_window_is_replaced_at_once_and_its_old_rows_are_dropped_later(loads, query, transformer):
    assert loads.load(WINDOWS, HUNDRED) == Counts(fetched=100, new=100)
    before = query(HELD)
    assert before == [(100, 1, 4950)]

    def watched() -> Iterator[bytes]:
        yield from in_pages([row(number, levelFrom=1) for number in range(60)])
        assert query(HELD) == before
        yield from in_pages([row(number, levelFrom=1) for number in range(60, 101)])

    assert loads.load(WINDOWS, watched) == Counts(fetched=101, new=1, revised=100)
    assert query(HELD) == [(101, 1, 101)]
    assert query(LEDGER) == [(str(SCOPE), "superseded", None), (str(SCOPE), "held", 2)]
    assert query("select count(*) from raw.test_windows") == [(201,)]
    assert query("select ops.drop_superseded('test_windows')") == [(100,)]
    assert query("select ops.drop_superseded('test_windows')") == [(0,)]
    assert query("select count(*) from raw.test_windows") == [(101,)]
    assert query(HELD) == [(101, 1, 101)]


def test_a_smaller_answer_replaces_nothing(loads, query):
    loads.load(WINDOWS, HUNDRED)
    with pytest.raises(DamagedAnswerError, match=r"99 rows came of test_windows, .* of which 100 are held"):
        loads.load(WINDOWS, HUNDRED[:99])
    with pytest.raises(DamagedAnswerError, match="0 rows came"):
        loads.load(WINDOWS, [])
    assert query(HELD) == [(100, 1, 4950)]
    assert query("select count(*) from raw.test_windows") == [(100,)]
    assert [outcome for _, outcome, _ in query(LEDGER)] == ["held", "failed", "failed"]


def test_windows_beside_each_other_do_not_touch(loads, query):
    """Over the end of a month, and each in the month it belongs to."""
    next_day = Window(FIRST + DAY, FIRST + 2 * DAY)
    loads.load(WINDOWS, HUNDRED)
    assert loads.load(WINDOWS, [row(480 + number) for number in range(10)], next_day) == Counts(fetched=10, new=10)
    assert loads.load(WINDOWS, HUNDRED) == Counts(fetched=100, revised=100)
    assert query(HELD) == [(110, 2, 4950 + sum(range(480, 490)))]
    assert query("select count(*) from raw.test_windows_2026_02") == [(10,)]
    assert query("select count(*) from raw.test_windows_2026_01") == [(200,)]
    query("select ops.drop_superseded('test_windows')")
    assert query(HELD) == [(110, 2, 4950 + sum(range(480, 490)))]


def test_a_window_grows_but_is_never_cut(loads, query):
    morning = Window(FIRST, FIRST + timedelta(hours=5))
    loads.load(WINDOWS, HUNDRED, morning)
    assert loads.load(WINDOWS, HUNDRED, SCOPE) == Counts(fetched=100, revised=100)
    for part in (morning, Window(FIRST + timedelta(hours=12), FIRST + 2 * DAY)):
        with pytest.raises(OverlappingWindowError, match="which is held and only replaced whole"):
            loads.load(WINDOWS, [], part)
    assert query(HELD) == [(100, 1, 4950)]


def test_what_is_held_counts_until_a_repeated_run_has_brought_its_own(loads, query):
    """A run that is cleared goes on with its row of the ledger."""
    run = loads.open_run()
    loads.load(WINDOWS, HUNDRED, run=run)

    def cut() -> Iterator[bytes]:
        assert query(HELD) == [(100, 1, 4950)]
        yield from in_pages(HUNDRED[:50])
        raise SourceUnavailableError("IncompleteRead")

    with pytest.raises(SourceUnavailableError):
        loads.load(WINDOWS, cut, run=run)
    assert query(HELD) == [(100, 1, 4950)]
    loads.load(WINDOWS, HUNDRED, run=run)
    assert query(LEDGER) == [(str(SCOPE), "held", 2)]
    query("select ops.drop_superseded('test_windows')")
    assert query("select count(*), max(version_id) from raw.test_windows") == [(100, 2)]


def test_settlement_days_are_windows_too_in_summer(loads, query):
    """A settlement day of summer time begins on the day before, in UTC."""
    days = SettlementDays(date(2026, 7, 1), date(2026, 7, 1))
    rows = [
        row(number, settlementDate="2026-07-01", timeFrom="2026-06-30T23:00:00Z", nationalGridBmUnit=f"U{number}")
        for number in range(10)
    ]
    assert loads.load(BY_DAY, rows, days) == Counts(fetched=10, new=10)
    assert loads.load(BY_DAY, rows, days) == Counts(fetched=10, revised=10)
    assert query("select ops.drop_superseded('test_days')") == [(10,)]
    assert query("select count(*) from raw.test_days_2026_07") == [(10,)]


def test_no_login_makes_or_empties_any_other_table(loads, loader, transformer, analyst):
    """What creates and deletes in raw are functions of the owner, for tables that are kept by windows."""
    refusals = [
        (loader, "select ops.ensure_partition('neso_generation_mix', '2026-01-01')", "is no dataset that is kept by"),
        (loader, "select ops.ensure_partition('pg_class', '2026-01-01')", "is no dataset that is kept by windows"),
        (loader, "select ops.ensure_partition('test_windows', '2026-01-02')", "is not the first day of a month"),
        (transformer, "select ops.drop_superseded('test_notifications')", "is no dataset that is kept by windows"),
        (transformer, "select ops.ensure_partition('test_windows', '2026-01-01')", "permission denied"),
        (loader, "select ops.drop_superseded('test_windows')", "permission denied"),
        (analyst, "select ops.drop_superseded('test_windows')", "permission denied"),
        (loader, "delete from raw.test_windows", "permission denied"),
        (transformer, "delete from raw.test_windows", "permission denied"),
    ]
    for login, statement, reason in refusals:
        with pytest.raises(psycopg2.Error, match=reason), login, login.cursor() as cursor:
            cursor.execute(statement)


def test_what_still_counts_is_not_dropped_whoever_says_so(loads, loader, query):
    loads.load(WINDOWS, HUNDRED)
    with loader, loader.cursor() as cursor:
        cursor.execute("insert into ops.superseded_windows select dataset, version_id, covers from ops.loads")
    assert query("select ops.drop_superseded('test_windows')") == [(0,)]
    assert query(HELD) == [(100, 1, 4950)]


# From the wire


@pytest.fixture
def stream_url() -> Iterator[str]:
    """A publisher that streams a day of rows, in chunks."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            body = json.dumps([row(number) for number in range(480)]).encode()
            for at in range(0, len(body), 10_000):
                part = body[at : at + 10_000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class NoPace:
    """Lets everybody pass."""

    def wait(self, bucket: str) -> None:
        """Return at once."""


def test_an_array_is_loaded_while_it_arrives(loads, query, stream_url):
    client = ApiClient(stream_url, NoPace())
    streamed = pieces(client.stream("PN/stream", {}, bucket="bulk"), piece_bytes=20_000)
    assert loads.load(VERSIONS, streamed) == Counts(fetched=480, new=480)
    assert query("select sum(level_from_mw) from raw.test_notifications") == [(sum(range(480)),)]


def test_a_refused_row_stands_for_its_own_key_and_not_for_every_key_of_its_instant(loads, query):
    """Of ten keys of one instant nine vanish beside a row that breaks its contract."""
    loads.load(VERSIONS, HUNDRED)
    answer = [row(0, levelFrom="high"), *HUNDRED[10:]]
    with pytest.raises(TooManyWithdrawnError, match="9 known rows"):
        loads.load(VERSIONS, answer)
    assert query("select count(*) from raw.test_notifications") == [(100,)]
