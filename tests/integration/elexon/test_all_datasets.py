"""All datasets of Elexon's come in by their catalogue alone, are judged, and are found in `analytics`."""

from collections.abc import Callable, Iterator

import pytest

from include.sources.elexon.catalogue import committed, snake_case
from include.sources.elexon.datasets import table_name
from include.warehouse import Warehouse
from tests.integration.elexon.conftest import DAILY, DISCOVERY, LIVE, Journey

AT, LATER = "2026-05-06 08:35", "2026-05-06 09:05"
BESIDE = {"system_prices", "data_status", "bm_units", "interconnectors"}
CODES = sorted(committed())
# What is published once a month, or only when something happens, has no rows in two days of May.
RARE = {"CCM", "DCI", "FEIB", "IGCA", "IGCPU", "NDFW", "TSDFW", "WATL", "YAFM", "YATL"}


@pytest.fixture(scope="module")
def journey(shared_warehouse: Warehouse, journey_of: Callable[[Warehouse], Journey]) -> Iterator[Journey]:
    """A warehouse into which both DAGs have loaded, and which was then looked around in."""
    journey = journey_of(shared_warehouse)
    for dag_id in (LIVE, DAILY, DISCOVERY):
        assert journey.run(AT, dag_id) == ""
    return journey


def test_each_dataset_was_loaded_and_published(journey):
    loaded = journey.query("select dataset, bool_and(outcome = 'held') from ops.loads group by dataset")
    assert dict(loaded) == dict.fromkeys([f"elexon_{name}" for name in (*map(table_name, CODES), *BESIDE)], True)
    behind = (
        "select dataset from ops.watermarks where release like 'elexon%' and built_version_id > published_version_id"
    )
    assert journey.query(behind) == []
    assert journey.query("select count(*) from ops.quality_results where not success") == [(0,)]


@pytest.mark.parametrize("code", CODES)
def test_analysts_find_a_dataset_under_its_published_names(journey, code):
    fields = committed()[code].published.fields
    names = ", ".join(f'count("{snake_case(name)}")' for name in fields)
    [(rows, known, *_)] = journey.as_analyst(
        f"select count(*), count(known_at), {names} from analytics.elexon_{table_name(code)}"
    )
    assert rows == known
    assert (rows > 0) == (code not in RARE)


def test_what_is_no_dataset_is_found_beside_them(journey):
    assert journey.as_analyst(
        "select count(*) from analytics.elexon_system_prices where settlement_date = '2026-05-05'"
    ) == [(48,)]
    assert journey.as_analyst("select count(distinct national_grid_bm_unit) from analytics.elexon_bm_units") == [(102,)]
    assert journey.as_analyst("select count(*) from analytics.elexon_interconnectors") == [(10,)]
    assert journey.as_analyst("select count(distinct counted_dataset) from analytics.elexon_data_status") == [(12,)]


def test_counts_agree_with_what_elexon_says_it_holds(journey):
    counted = journey.query("select dataset, count(*) from ops.loads where source_count is not null group by 1")
    assert {name for name, _ in counted} >= {
        "elexon_pn",
        "elexon_bod",
        "elexon_boalf",
        "elexon_disbsad",
        "elexon_netbsad",
    }
    short = "select * from ops.loads where source_count > fetched - outside"
    assert journey.query(short) == []


def test_rows_at_the_end_of_a_closed_window_are_trimmed_and_counted(journey):
    [(outside,)] = journey.query("select sum(outside) from ops.loads where dataset = 'elexon_pn'")
    assert outside > 0
    [(latest,)] = journey.as_analyst("select max(settlement_date)::text from analytics.elexon_pn")
    assert latest == "2026-05-06"


def test_a_message_about_an_outage_keeps_its_profile(journey):
    [(kind,)] = journey.as_analyst(
        "select distinct jsonb_typeof(outage_profile) from analytics.elexon_remit where outage_profile is not null"
    )
    assert kind == "array"


def test_the_catalogue_says_of_each_name_what_it_is(journey):
    found = {
        row[0]: row[1:]
        for row in journey.as_analyst("select code, is_usable, reason, drift, rows_held from ops.elexon_datasets")
    }
    assert len(found) == 88
    assert {code for code, (is_usable, *_) in found.items() if is_usable} == set(CODES)
    assert found["SYS_WARN"] == (False, "no route: the name of SYSWARN in the list", None, None)
    assert found["SAA-I062"][:2] == (False, "no route")
    assert not [code for code, (_, _, drift, _) in found.items() if drift]
    for code in ("PN", "FUELINST", "TUDM"):
        [(rows,)] = journey.as_analyst(f"select count(*) from analytics.elexon_{table_name(code)}")
        assert found[code][3] == rows


def test_nothing_is_asked_for_again_that_has_not_moved(journey):
    """But what the list does not have. Half an hour later what has moved is loaded."""
    assert journey.run(AT) == ""
    assert journey.loads().keys() == {"system_prices", "cdn", "dci", "remit"}
    assert journey.run(LATER, only=["FUELINST", "INDOD", "SYSWARN"]) == ""
    assert journey.loads().keys() == {"fuelinst"}
    [(_, new, _, withdrawn, *_)] = journey.loads()["fuelinst"]
    assert new >= 5 * 20
    assert withdrawn == 0


@pytest.mark.parametrize("dag_id", [LIVE, DAILY])
def test_what_is_loaded_again_is_found_unchanged(journey, dag_id):
    named = {"start": "2026-05-05", "end": "2026-05-06"}
    assert journey.run(AT, dag_id, **named) == ""
    assert journey.run(AT, dag_id, **named) == ""
    for dataset, loads in journey.loads().items():
        for outcome, new, revised, withdrawn, rejected, *_ in loads:
            assert (outcome, new, withdrawn, rejected) == ("held", 0, 0, 0), dataset
            is_by_window = dataset.upper() in CODES and committed()[dataset.upper()].loaded.kept == "windows"
            assert is_by_window or revised == 0, dataset
