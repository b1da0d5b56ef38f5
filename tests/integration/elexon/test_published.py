"""What analysts see of raw: what was judged and published, of a window the last answer, and nothing in between."""

import msgspec
import pytest

from include.ingestion.raw_table import create_tables
from include.quality.suites.raw_rows import RawRows, raw_rows
from include.sources import pipeline_of
from include.sources.elexon.catalogue import committed
from include.sources.elexon.datasets import dataset
from include.warehouse import session
from tests.integration.elexon.conftest import DAILY, LIVE, run_at, utc

AT, LATER = "2026-05-06 08:35", "2026-05-06 09:05"
PN = "select count(*), md5(string_agg(row::text, ' ' order by row::text)) from analytics.elexon_pn as row"


PLANTED = """
    insert into raw.elexon_indo (
        start_time, publish_time, settlement_date, settlement_period, demand, content_hash, known_at, run_id
    ) values ('2020-01-01', '2020-01-01', '2020-01-01', 1, 1, '\\x00', now(), 0)
"""


def by_hand(warehouse, statement):
    """Do what nobody but the owner can, and nobody should."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(statement)


def test_a_dataset_that_is_not_fit_is_withheld_and_no_other(journey, warehouse):
    """A row stands in raw that nobody asked for."""
    by_hand(warehouse, PLANTED)
    said = journey.run(AT, LIVE, only=["INDO", "ITSDO"])
    assert said.startswith("CheckFailedError: check_raw: raw.elexon_indo:")
    assert "each row lies in a window that was asked for" in said
    assert journey.as_analyst("select count(*) from analytics.elexon_indo") == [(0,)]
    assert journey.as_analyst("select count(*) > 40 from analytics.elexon_itsdo") == [(True,)]
    [(name, observed)] = journey.query("select name, observed_value from ops.quality_results where not success")
    assert (name, observed) == ("rows_lie_in_their_windows", 1)

    by_hand(warehouse, "delete from raw.elexon_indo where start_time = '2020-01-01'")
    assert journey.run(LATER, LIVE, only=["INDO", "ITSDO"]) == ""
    assert journey.as_analyst("select count(*) > 40 from analytics.elexon_indo") == [(True,)]


def test_it_is_published_all_the_same_by_force_which_is_on_record(journey, warehouse):
    by_hand(warehouse, PLANTED)
    assert journey.run(AT, LIVE, only=["INDO"], force_publish=True) == ""
    assert journey.as_analyst("select count(*) > 40, min(start_time)::date::text from analytics.elexon_indo") == [
        (True, "2020-01-01")
    ]
    assert journey.query("select was_forced from ops.publications order by build_id desc limit 1") == [(True,)]


@pytest.mark.parametrize(("kind", "wrong"), [("timestamptz", 0), ("text", 1)])
def test_a_column_of_another_type_than_is_declared_is_counted(journey, kind, wrong):
    rows = RawRows(
        *("elexon_indo", LIVE, 1, ("start_time",), {"start_time": kind}, frozenset(), "publish_time"),
        is_by_day=False,
        is_by_window=False,
    )
    [counts] = journey.query(f"select columns_of_another_type from ({raw_rows(rows).query}) as counts")
    assert counts == (wrong,)


def test_readers_of_a_window_see_the_old_answer_until_the_new_one_is_published(journey):
    assert journey.run(AT, DAILY, only=["PN"]) == ""
    [before] = journey.as_analyst(PN)
    journey.api.set(units=110, now=utc(LATER).isoformat())
    pipeline, context = pipeline_of(DAILY), run_at(utc(LATER), {"start": "2026-05-05", "end": "2026-05-06T09:00"})
    pipeline.extract_and_load(context, journey.place, ["elexon_pn"])
    assert journey.query("select count(*) > 0 from ops.superseded_windows where dataset = 'elexon_pn'") == [(True,)]
    assert journey.as_analyst(PN) == [before]

    judged = pipeline.judge_raw(context, journey.place)
    assert journey.as_analyst(PN) == [before]
    pipeline.raw_release().publish(journey.place, 1, judged)
    [after] = journey.as_analyst(PN)
    assert after[0] > before[0]
    superseded = "select count(*) from ops.superseded_windows where dataset = 'elexon_pn'"
    assert journey.query(superseded) == [(2,)], "what is made of it is of the old answer still"
    units = pipeline.release("elexon_units")
    build = units.build_models(journey.place, 1)
    units.publish(journey.place, 1, build, units.check_marts(journey.place, 1, build, at=utc(LATER)))
    assert journey.query(superseded) == [(0,)]
    assert journey.query("select count(*) from raw.elexon_pn") == [(after[0],)]


def test_a_row_that_was_revised_is_shown_as_it_is_now_and_kept_as_it_was(journey):
    """Of each half-hour and fuel the row that was published last; raw has all of them."""
    for at in (AT, LATER, "2026-05-06 09:35"):
        assert journey.run(at, LIVE, only=["FUELINST"]) == ""
    [(rows, keys)] = journey.as_analyst(
        "select count(*), count(distinct (start_time, fuel_type)) from analytics.elexon_fuelinst"
    )
    assert rows == keys
    [(versions,)] = journey.query("select count(*) from raw.elexon_fuelinst")
    [(revised,)] = journey.query("select sum(revised) from ops.loads where dataset = 'elexon_fuelinst'")
    assert versions == rows + revised


def test_a_column_that_is_new_in_the_catalogue_is_added_and_shown(journey, warehouse):
    """As `gridloom migrate` does it after `gridloom elexon adopt`; what is held has nothing in it."""
    assert journey.run(AT, LIVE, only=["INDO"]) == ""
    entry = committed()["INDO"]
    published = msgspec.structs.replace(entry.published, fields={**entry.published.fields, "quality": "text?"})
    with session(warehouse.owner_dsn, application="tests") as owner:
        create_tables(owner, [(LIVE, dataset("INDO", msgspec.structs.replace(entry, published=published)))])
    assert journey.as_analyst("select count(*) > 40, count(quality) from analytics.elexon_indo") == [(True, 0)]


def test_a_run_that_publishes_what_an_earlier_one_left_was_no_idle_run(journey, warehouse):
    """The first run loads and fails; the second finds nothing new and publishes that; the third has nothing to do."""
    by_hand(warehouse, PLANTED)
    assert journey.run(AT, LIVE, only=["INDO"]).startswith("CheckFailedError")
    by_hand(warehouse, "delete from raw.elexon_indo where start_time = '2020-01-01'")
    for _ in range(2):
        assert journey.run(AT, LIVE, only=["INDO"]) == ""
    assert journey.query("select status from ops.pipeline_runs order by run_id desc limit 2") == [
        ("skipped",),
        ("running",),
    ]
