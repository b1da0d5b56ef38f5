"""What Elexon was recorded to answer, replayed by the simulator, is told in `analytics` as the files have it."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from include.sources import pipeline_of
from include.warehouse import Warehouse
from tests.integration.elexon.conftest import DAILY, LIVE, Journey, run_at, utc
from tests.integration.elexon.recorded_files import (
    CLOCKS_BACK_IN_2021,
    EXCERPT,
    JULY,
    LISTED_UNITS,
    MARKET_PRICES,
    OCTOBER,
    RECORDINGS,
    STAMP,
    TWO_DAYS,
    Recording,
    column,
    london_date,
)

LONG_AFTER = "2026-11-01 00:00"
_RUNS = count(1)
# What each refusal was recorded of.
REFUSED = {
    "400_range_from_to_1_day": "BOALF",
    "400_range_from_to_1_hour": "BOD",
    "400_range_from_to_7_days": "MID",
    "400_range_publishdatetime_12_hours": "LOLPDRM",
    "400_range_publishdatetime_1_day": "REMIT",
    "400_range_settlementdate_7_days": "FUELHH",
}


class Loads(NamedTuple):
    """What came of the loads of a span, in all."""

    failed: int
    fetched: int
    new: int
    revised: int
    withdrawn: int
    unchanged: int
    rejected: int
    repeated: int
    outside: int


@dataclass(frozen=True)
class Played:
    """A warehouse into which each recording was loaded once, and which was then judged and published."""

    journey: Journey
    folder: Path
    first: Mapping[str, Loads]
    judged: tuple[Mapping[str, Any] | None, ...]

    def read(self, recording: Recording) -> list[tuple[Any, ...]]:
        """What analysts read of a recording, as the API spells it."""
        columns = ", ".join(map(column, recording.members))
        by = column(recording.told_by or "")
        where = f"{by} >= %s::timestamptz and {by} < %s::timestamptz" if by else "true"
        span = (recording.start, recording.end) if by else ()
        rows = self.journey.as_analyst(f"select {columns} from analytics.{recording.table} where {where}", *span)
        return [tuple(map(spelt, row)) for row in rows]

    def again(self, recording: Recording) -> Loads:
        """Load a recording once more, or what it says is enough of it."""
        start, end = recording.again or (recording.start, recording.end)
        return bring(self.journey, self.folder, replace(recording, start=start, end=end))


def spelt(value: Any) -> Any:
    """A value as the API spells it."""
    if isinstance(value, datetime):
        return _stamp(value)
    return value.isoformat() if isinstance(value, date) else value


@cache
def _stamp(instant: datetime) -> str:
    return f"{instant:{STAMP}}"


def by_hand(start: str, end: str) -> dict[str, Any]:
    """The context of a run that is told what for, under a name that no run of the journey's has."""
    context = run_at(utc(LONG_AFTER), {"start": start, "end": end})
    context["dag_run"].run_id = f"recordings__{next(_RUNS)}"
    return context


def bring(journey: Journey, folder: Path, recording: Recording) -> Loads:
    """Load a recording as a task of its DAG does."""
    journey.api.set(now=utc(LONG_AFTER).isoformat(), recorded=[str(path) for path in recording.paths(folder)])
    context = by_hand(recording.start, recording.end)
    pipeline_of(recording.dag_id).extract_and_load(context, journey.place, [recording.table])
    sums = ", ".join(f"sum({name})::int" for name in Loads._fields[1:])
    [row] = journey.query(
        f"select count(*) filter (where outcome <> 'held')::int, {sums} from ops.loads"
        " where run_id = (select max(run_id) from ops.loads)"
    )
    return Loads(*row)


@pytest.fixture(scope="module")
def played(shared_warehouse: Warehouse, journey_of: Callable[[Warehouse], Journey], recorded: Path) -> Played:
    """All of them, one after the other; judged and published once."""
    journey = journey_of(shared_warehouse)
    first = {each.name: bring(journey, recorded, each) for each in (*RECORDINGS, LISTED_UNITS)}
    return Played(journey, recorded, first, tuple(publish(journey, dag_id) for dag_id in (LIVE, DAILY)))


def publish(journey: Journey, dag_id: str) -> Mapping[str, Any] | None:
    """Judge and publish what is pending; return what was judged."""
    pipeline, context = pipeline_of(dag_id), by_hand("2026-10-31", "2026-11-01")
    judged = pipeline.judge_raw(context, journey.place)
    pipeline.raw_release().publish(journey.place, 1, judged)
    return judged


def differing(told: Iterable[Any], held: Iterable[Any]) -> list[Any]:
    """Some of the rows of which one side has more than the other."""
    ours, theirs = Counter(held), Counter(told)
    return list(islice(((theirs - ours) + (ours - theirs)).elements(), 5))


@pytest.fixture(params=RECORDINGS, ids=lambda each: each.name)
def recording(request: pytest.FixtureRequest) -> Recording:
    found: Recording = request.param
    return found


def test_all_of_it_is_believed_and_found_fit(played):
    """No load failed, no row was refused, and nothing is withheld."""
    assert {name: (loads.failed, loads.rejected) for name, loads in played.first.items()} == dict.fromkeys(
        played.first, (0, 0)
    )
    assert [(judged or {})["withheld"] for judged in played.judged] == [[], []]
    assert played.journey.query("select suite, expectation from ops.quality_results where not success") == []


def test_analysts_read_each_row_as_the_files_have_it(played, recording):
    told = set(recording.rows(played.folder))
    assert told
    assert differing(told, played.read(recording)) == []


def test_what_is_loaded_again_is_unchanged(played, recording):
    """A row that is known has no second version; a window is replaced by as many rows."""
    kept_by_window = recording.code in ("BOD", "PN", "QPN", "MELS", "MILS")
    again = played.again(recording)
    rows = again.fetched - again.repeated - again.outside
    assert rows > 0
    assert (again.failed, again.new, again.withdrawn, again.rejected) == (0, 0, 0, 0)
    assert (again.revised, again.unchanged) == ((rows, 0) if kept_by_window else (0, rows))


def test_a_month_of_snapshots_has_each_fuel_once_and_no_sun(played):
    """173 snapshots of March 2022 were never published."""
    counts = """
        select date_trunc('month', start_time)::date::text, count(*), count(distinct (start_time, fuel_type)),
        count(distinct start_time), count(*) filter (where fuel_type = 'SOLAR')
        from analytics.elexon_fuelinst group by 1 order by 1
    """
    march, october = played.journey.as_analyst(counts)
    a_month = 31 * 24 * 12
    assert march == ("2022-03-01", (a_month - 173) * 18, (a_month - 173) * 18, a_month - 173, 0)
    assert october == ("2025-10-01", a_month * 20, a_month * 20, a_month, 0)


def test_two_days_and_the_month_that_holds_them_say_the_same(played):
    """The month, as others have saved it, brings no second version of what came in the API's own words."""
    two_days, month = played.first[TWO_DAYS.name], played.first[OCTOBER.name]
    assert (two_days.new, month.unchanged, month.revised, month.withdrawn) == (11_760, 11_760, 0, 0)
    assert month.new == len(OCTOBER.rows(played.folder)) - 11_760


def test_a_failover_of_march_2022_is_told_as_it_was_published(played):
    """For 15 snapshots all own generation reads zero; the worst of March was 11,520 seconds late."""
    failover = """
        select
            count(distinct start_time), to_char(min(start_time), 'DD HH24:MI'), to_char(max(start_time), 'DD HH24:MI')
        from analytics.elexon_fuelinst as ccgt
        where fuel_type = 'CCGT' and generation = 0 and start_time < '2022-04-01' and exists (
            select from analytics.elexon_fuelinst as nuclear
            where nuclear.fuel_type = 'NUCLEAR' and nuclear.generation = 0 and nuclear.start_time = ccgt.start_time
        )
    """
    late = "select max(extract(epoch from publish_time - start_time)) from analytics.elexon_fuelinst"
    assert played.journey.as_analyst(failover) == [(15, "17 10:35", "17 11:45")]
    assert played.journey.as_analyst(late) == [(11_520,)]


def test_the_net_import_of_a_sunday_in_october(played):
    """The figures of 26 October 2025, 11:35: of a day of 50 settlement periods, the 26th."""
    links = """
        select fuel_type, generation from analytics.elexon_fuelinst
        where publish_time = '2025-10-26T11:35Z' and fuel_type like 'INT%'
    """
    sums = """
        select
            sum(generation), sum(greatest(generation, 0)), -sum(least(generation, 0)),
            min(settlement_period), max(settlement_period)
        from analytics.elexon_fuelinst
        where publish_time = '2025-10-26T11:35Z' and fuel_type like 'INT%'
    """
    assert dict(played.journey.as_analyst(links)) == {
        **{"INTFR": 1_505, "INTNSL": 1_055, "INTNED": 1_021, "INTNEM": 1_016, "INTELEC": 998, "INTIFA2": 992},
        **{"INTVKL": 877, "INTEW": -222, "INTIRL": -211, "INTGRNL": -272},
    }
    assert played.journey.as_analyst(sums) == [(6_759, 7_464, 705, 26, 26)]


def test_what_was_generated_and_needed_that_weekend(played):
    generated = """
        select fuel_type, generation, settlement_period from analytics.elexon_fuelinst
        where start_time = '2025-10-25T22:00Z' and fuel_type in ('NUCLEAR', 'CCGT', 'BIOMASS', 'WIND')
    """
    needed = """
        select settlement_period, demand from analytics.elexon_indo
        where settlement_date = '2025-10-26' and settlement_period in (26, 27) order by 1
    """
    assert {fuel: (mw, period) for fuel, mw, period in played.journey.as_analyst(generated)} == {
        "NUCLEAR": (3_680, 47),
        "CCGT": (3_221, 47),
        "BIOMASS": (844, 47),
        "WIND": (16_430, 47),
    }
    assert played.journey.as_analyst(needed) == [(26, 26_317), (27, 27_869)]


@pytest.mark.parametrize(
    ("table", "day", "periods"),
    [
        ("fuelinst", "2025-10-26", 50),
        ("fuelhh", "2025-10-26", 50),
        ("indo", "2025-10-26", 50),
        ("itsdo", "2025-10-26", 50),
        ("system_prices", "2025-10-26", 50),
        ("fuelinst", "2022-03-27", 46),
        ("fuelhh", "2026-03-29", 46),
        ("system_prices", "2026-03-29", 46),
        ("system_prices", "2022-03-27", 46),
    ],
)
def test_a_day_on_which_the_clocks_change_has_its_own_number_of_periods(played, table, day, periods):
    """They are numbered without a gap, and last half an hour of real time each."""
    counts = f"""
        select
            count(distinct settlement_period), max(settlement_period),
            extract(epoch from max(start_time) - min(start_time))
        from analytics.elexon_{table} where settlement_date = %s
    """
    [(told, last, seconds)] = played.journey.as_analyst(counts, day)
    assert (told, last, seconds // 1800) == (periods, periods, periods - 1)


def test_a_wrong_date_is_kept_as_published_and_names_no_row(played):
    """Until July 2022 the last half-hour of a day is labelled with the day after; its start is right, and its key."""
    wrong = """
        select start_time, settlement_date, settlement_period from analytics.elexon_fuelhh
        where settlement_date <> (start_time at time zone 'Europe/London')::date
        group by 1, 2, 3 order by 1
    """
    keys = "select count(*) = count(distinct (start_time, fuel_type)) from analytics.elexon_fuelhh"
    told = [tuple(map(spelt, row)) for row in played.journey.as_analyst(wrong)]
    in_files = {row[1:4] for each in (CLOCKS_BACK_IN_2021, JULY) for row in each.rows(played.folder)}
    assert told == sorted(label for label in in_files if label[1] != london_date(label[0]))
    assert ("2021-10-31T23:30:00Z", "2021-11-01", 50) in told
    assert told[-1] == ("2022-07-13T22:30:00Z", "2022-07-14", 48)
    assert played.journey.as_analyst(keys) == [(True,)]


def test_half_hours_that_others_saved_in_columns_are_those_of_the_api(played):
    """Of the last ones of a day of 46 there is a copy in the API's own words, with the time of publication."""
    assert set(EXCERPT.rows(played.folder)) - set(played.read(EXCERPT)) == set()


def test_a_row_behind_the_last_period_is_of_the_next_day(played):
    """The whole of the next day's first period comes with a day of bids, and counts where it is asked for."""
    loads = """
        select rows_held::int, source_count::int, outside::int from ops.loads
        where dataset = 'elexon_bod' and run_id = (select min(run_id) from ops.loads where dataset = 'elexon_bod')
        order by lower(covers)
    """
    by_day = "select settlement_date::text, count(*)::int from analytics.elexon_bod group by 1 order by 1"
    assert played.journey.query(loads) == [(104_658, 104_658, 2_184), (2_184, 2_184, 0)]
    assert played.journey.as_analyst(by_day) == [("2020-02-23", 104_658), ("2020-02-24", 2_184)]


def test_a_unit_without_its_elexon_name_is_known_by_the_grids(played):
    nulls = """
        select count(*) filter (where bm_unit is null), count(*) filter (where national_grid_bm_unit is null)
        from analytics.elexon_bod
    """
    assert played.journey.as_analyst(nulls) == [(1_764, 0)]


def test_old_records_of_a_settlement_period_are_all_there(played):
    tables = ("pn", "qpn", "mels", "mils", "boalf")
    counts = [played.journey.as_analyst(f"select count(*)::int from analytics.elexon_{name}")[0][0] for name in tables]
    assert counts == [1_540, 1_353, 1_451, 1_372, 121]


@pytest.mark.parametrize("code", ["NDF", "TSDF"])
def test_rows_of_a_forecast_that_stand_twice_count_once(played, code):
    """One week has 300 rows of 289 keys, the other 289; a demand that was not told is null."""
    weeks = [played.first[each.name] for each in RECORDINGS if each.code == code]
    assert [(week.fetched, week.new, week.repeated) for week in weeks] == [(300, 289, 11), (289, 289, 0)]
    [(nulls,)] = played.journey.as_analyst(f"select count(*) from analytics.elexon_{code.lower()} where demand is null")
    told = {row for each in RECORDINGS if each.code == code for row in each.rows(played.folder)}
    assert nulls == sum(row[-1] is None for row in told)


def test_of_a_unit_that_is_listed_under_two_codes_one_row_counts(played):
    """All others are as they are listed, those that are almost empty too."""
    told, held = LISTED_UNITS.rows(played.folder), played.read(LISTED_UNITS)
    [lost] = differing(told, held)
    assert (len(told), len(held), lost[0]) == (2_733, 2_732, "WLNYO-4")
    assert [row[2] for row in held if row[0] == "WLNYO-4"] == [max(row[2] for row in told if row[0] == "WLNYO-4")]
    again = played.again(LISTED_UNITS)
    assert (again.unchanged, again.repeated, again.rejected, again.revised) == (2_732, 1, 0, 0)


def test_files_of_market_prices_overlap(played):
    rows = MARKET_PRICES.rows(played.folder)
    assert len(rows) - len(set(rows)) == 1_448
    assert played.journey.as_analyst("select count(*)::int from analytics.elexon_mid") == [(len(set(rows)),)]


@pytest.mark.parametrize(
    ("file", "first_day"),
    [
        ("MarketIndexPrices-2026-05-05T11_30-2026-05-11T11_30.csv", "2026-05-06"),
        ("MarketIndexPrices-2026-05-06T11_30-2026-05-11T11_30.csv", "2026-05-07"),
        ("MarketIndexPrices-2026-05-07T11_30-2026-05-11T11_30.csv", "2026-05-08"),
    ],
)
def test_a_file_that_overlaps_another_says_the_same(played, file, first_day):
    """As far as it has whole days."""
    alone = replace(MARKET_PRICES, files=(f"mid/{file}",), start=first_day, end="2026-05-10T12:00")
    loads = played.again(alone)
    assert loads.unchanged == len(alone.rows(played.folder)) > 0
    assert (loads.new, loads.revised, loads.withdrawn) == (0, 0, 0)


def test_half_hours_that_were_never_published_stay_missing(played):
    """Two of 22 October 2022, and none is made up for them."""
    periods = "select count(*)::int from analytics.elexon_system_prices where settlement_date = '2022-10-22'"
    assert played.journey.as_analyst(periods) == [(46,)]


@dataclass(frozen=True)
class Answering:
    """An API that answers every dataset with one body; `asked` are the paths at which it was asked for one."""

    journey: Journey
    asked: list[str]

    def loads(self, code: str, day: str = "2026-04-01") -> tuple[str, list[tuple[Any, ...]]]:
        """Run the DAG of a dataset for a day of it; return what the run failed of, and what came of its loads."""
        dag_id = next(each for each in (LIVE, DAILY) if code in codes_of(each))
        said = self.journey.run(LONG_AFTER, dag_id, only=[code], start=day, end=f"{day}T12:00")
        newest = "select outcome, cause, fetched::int from ops.loads where run_id = (select max(run_id) from ops.loads)"
        return said, self.journey.query(newest)


def codes_of(dag_id: str) -> set[str]:
    """The codes of what a DAG loads."""
    intake = pipeline_of(dag_id).intake
    return {each.name.removeprefix("elexon_").upper() for each in intake.datasets} if intake else set()


@pytest.fixture
def answering(played: Played) -> Iterator[Callable[[str], Answering]]:
    """Make an API of a recorded body, by its name; its status is the number that the name begins with."""
    with ExitStack() as servers:
        yield lambda name: servers.enter_context(_answering(played, name))


@contextmanager
def _answering(played: Played, name: str) -> Iterator[Answering]:
    body, nothing = ((played.folder / "errors" / f"{each}.json").read_bytes() for each in (name, "200_empty"))
    asked: list[str] = []

    def answer(path: str) -> tuple[int, bytes]:
        if "/datasets/" not in path:
            return 200, nothing
        asked.append(path)
        return int(name[:3]), body

    with serving(answer) as url:
        place = played.journey.place
        settings = place.settings.model_copy(update={"elexon_url": f"{url}/bmrs/api/v1"})
        yield Answering(replace(played.journey, place=replace(place, settings=settings)), asked)


@contextmanager
def serving(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[str]:
    """Answer each path with a status and a body, for the length of a block; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_recorded_refusal_is_played(recorded):
    assert {path.stem for path in (recorded / "errors").glob("400_*.json")} == REFUSED.keys()


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_refusal_is_told_in_elexons_words_and_asked_for_once(answering, recorded, name, code):
    body = json.loads((recorded / "errors" / f"{name}.json").read_bytes())
    [sentence] = body["errors"][""]
    api = answering(name)
    said, [(outcome, cause, fetched)] = api.loads(code)
    assert (outcome, fetched) == ("failed", 0)
    assert cause.startswith("SourceRefusedError: ")
    assert f"/datasets/{code}" in cause
    assert "answered 400 Bad Request: " in cause
    assert sentence in cause
    assert "\n" not in cause
    assert said.startswith(f"LoadsFailedError: elexon_{code.lower()}")
    assert sentence in said
    assert len(api.asked) == 1


def test_an_answer_without_rows_is_one_where_there_may_be_none(answering):
    """A day's temperature comes once a day."""
    assert answering("200_empty").loads("TEMP") == ("", [("held", None, 0)])


def test_an_answer_without_rows_is_none_where_there_are_always_some(answering):
    said, [(outcome, cause, _)] = answering("200_empty").loads("INDO")
    assert outcome == "failed"
    assert cause.startswith("DamagedAnswerError: elexon_indo has no rows in ")
    assert "elexon_indo has no rows" in said


def test_an_answer_without_rows_takes_none_away(answering, played):
    """Half-hours of July 2022 that are known stay, whatever an empty answer says."""
    before = played.journey.query("select count(*) from raw.elexon_itsdo")
    _, [(outcome, _, _)] = answering("200_empty").loads("ITSDO", "2022-07-08")
    assert outcome == "failed"
    assert played.journey.query("select count(*) from raw.elexon_itsdo") == before
