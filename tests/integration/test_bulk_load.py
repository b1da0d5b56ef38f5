"""What is big comes into columns of its own: straight where nothing is compared, by a stage where something is."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from include.ingestion.errors import SourceUnavailableError, TooManyRejectedError, TooManyWithdrawnError
from include.ingestion.http import ApiClient
from include.ingestion.pieces import pieces
from include.operations.runs import Counts
from include.warehouse import Role, connect
from tests.notifications import HUNDRED, VERSIONS, WINDOWS, Loads, in_pages, row


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


def test_a_refused_row_stands_for_its_own_key_and_not_for_every_key_of_its_instant(loads, query):
    """Of ten keys of one instant nine vanish beside a row that breaks its contract."""
    loads.load(VERSIONS, HUNDRED)
    answer = [row(0, levelFrom="high"), *HUNDRED[10:]]
    with pytest.raises(TooManyWithdrawnError, match="9 known rows"):
        loads.load(VERSIONS, answer)
    assert query("select count(*) from raw.test_notifications") == [(100,)]


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
