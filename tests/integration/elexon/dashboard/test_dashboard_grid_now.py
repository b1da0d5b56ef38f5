"""What the page Grid now shows, against the formula that made the published rows; and what it says without any."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from include.serving.dashboard.grid_now.now import queries
from include.serving.dashboard.reader import Reader
from include.warehouse import Warehouse
from tests.elexon_published import POWER_MW, UNKNOWN
from tests.integration.elexon.dashboard.conftest import NOW, TODAY, YESTERDAY, publish


def test_quantities_of_the_system_stand_in_their_order(reader: Reader) -> None:
    found = queries.quantities(reader)
    assert [each.name for each in found][:3] == ["Frequency", "Generation", "Net Imports"]
    assert [each.name for each in found if each.is_suspect] == ["Net Imports"]
    assert found[0].age(NOW + timedelta(minutes=4)) == timedelta(minutes=5)


def test_all_cables_are_there_whether_they_are_known_or_told_of_or_not(reader: Reader) -> None:
    found = {each.code: each for each in queries.cables(reader)}
    assert len(found) == 11
    assert (found["INTNED"].flow_mw, found["INTNED"].name) == (None, "BritNed")
    assert (found[UNKNOWN].label, found[UNKNOWN].use_pct) == ("INTNEW, unknown", None)
    assert (found["INTIRL"].flow_mw, found["INTIRL"].use_pct) == (-450, -90)
    assert [code for code, each in found.items() if each.is_suspect] == ["INTELEC"]


def test_the_last_hour_has_all_its_minutes(reader: Reader) -> None:
    rows = queries.last_hour(reader).to_pylist()
    assert [row["started_at"] for row in rows] == [NOW - timedelta(minutes=minutes) for minutes in range(60, 0, -1)]
    assert [row["started_at"] for row in rows if row["mean_hz"] is None] == [NOW - timedelta(minutes=10)]
    assert min(row["min_hz"] for row in rows if row["min_hz"]) == 49.75


def test_a_day_begins_at_midnight_in_london_and_has_what_goes_out_on_its_own_side(reader: Reader) -> None:
    rows = queries.of_the_day(reader, TODAY).to_pylist()
    assert rows[0]["bucket_at"] == datetime(2026, 6, 9, 23, tzinfo=UTC)
    assert len(rows) == 11 * 12
    net = sum(power for code, power in POWER_MW.items() if code.startswith("INT"))
    for row in rows:
        assert (row["imports_mw"], row["exports_mw"]) == (net, 0)
        assert (row["storage_mw"], row["pumping_mw"]) == (0, POWER_MW["PS"])
        assert (row["gas_mw"], row["other_mw"]) == (9010, 200)
        assert row["generation_mw"] == sum(POWER_MW.values()) - net


def test_incidents_name_what_they_concern(reader: Reader) -> None:
    found = {each.concerns: each.name for each in queries.incidents(reader, TODAY)}
    assert found == {"all": None, "INTELEC": "ElecLink", UNKNOWN: None}
    assert queries.incidents(reader, YESTERDAY) == []


def test_the_page_tells_figures_doubts_incidents_and_what_is_not_there_yet(
    drawn: Callable[[str], AppTest], warehouse: Warehouse
) -> None:
    [nothing] = drawn("grid_now.now").info
    assert "`gridloom run elexon_live`" in nothing.value
    publish(warehouse, "minute_frequency")
    app = drawn("grid_now.now")
    assert [each.value for each in app.metric][:4] == ["50.012 Hz", "22.91 GW", "7.17 GW", "31.23 GW"]
    assert app.warning[0].value.startswith("**Suspect: net imports.**")
    assert any("No frequency is published yet." in each.value for each in app.caption)
    told = "\n".join(each.value for each in app.markdown)
    assert "**Unknown cable:** ` INTNEW ` carried up to 120 MW from 10:00 to 11:00 BST (2 half-hours)." in told


def test_without_the_outturn_by_fuel_all_else_is_told(drawn: Callable[[str], AppTest], warehouse: Warehouse) -> None:
    publish(warehouse, "daily_generation_incidents", "five_minute_generation")
    assert len(drawn("grid_now.now").metric) == 7
