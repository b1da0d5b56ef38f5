"""What the grid is doing now in a Google Sheet, of which a server on the loopback keeps the cells, or refuses them."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from include.deployment import Deployment
from include.orchestration import spreadsheet
from include.serving.workbook import google_sheets, layout
from include.serving.workbook.errors import SheetRefusedError, SheetUnavailableError
from include.serving.workbook.google_sheets import Account
from include.serving.workbook.grid_now import workbook_of
from include.settings import Settings
from include.warehouse import Warehouse
from tests.planted_grid import AT, plant, read
from tests.sheets_api import EMAIL, ID, SheetsApi, Tab, another_key, sheets_api

SHEETS = ["Grid now", "Generation", "Interconnectors"]
QUICK_S = (2.0, 0.3)


@pytest.fixture(scope="module")
def planted(shared_warehouse: Warehouse) -> Warehouse:
    plant(shared_warehouse)
    return shared_warehouse


@pytest.fixture
def workbook(planted: Warehouse) -> layout.Workbook:
    return workbook_of(read(planted))


@pytest.fixture
def api() -> Iterator[SheetsApi]:
    with sheets_api() as api:
        yield api


@pytest.fixture
def place(planted: Warehouse, settings: Settings, api: SheetsApi) -> Deployment:
    """The deployment a DAG works in, which finds the API at the test's own."""
    return Deployment(settings.model_copy(update={"sheets_url": api.url}), planted.dsn)


def test_a_google_sheet_holds_the_same_cells_as_the_workbook(api, place, workbook):
    address = spreadsheet.write(place, api.extra, AT)
    assert address == f"https://docs.google.com/spreadsheets/d/{ID}"
    for sheet in workbook.sheets:
        tab = api.tab(sheet.name)
        for row, cells in enumerate(sheet.cells):
            plain = [cell.value for cell in cells if not isinstance(cell.value, date)]
            kept = [tab.value(row, place) for place, cell in enumerate(cells) if not isinstance(cell.value, date)]
            assert kept == plain
        assert tab.properties["gridProperties"]["frozenRowCount"] == sheet.frozen_rows
        assert len(tab.rules) == sum(column.bars is not None for column in sheet.columns)
        assert len(tab.widths_px) == len(sheet.columns)


def test_instants_are_days_since_the_end_of_1899_and_percentages_are_formatted(api, place):
    spreadsheet.write(place, api.extra, AT)
    summary, generation = api.tab("Grid now"), api.tab("Generation")
    # 2026-05-20 is day 46162 of Excel's and Google's; 12:08 is 728 of 1,440 minutes.
    assert summary.value(3, 3) == pytest.approx(46_162 + 728 / 1_440)
    assert summary.form(3, 3)["numberFormat"] == {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm"}
    assert generation.form(3, 2)["numberFormat"] == {"type": "PERCENT", "pattern": "0.0%"}
    assert generation.form(2, 0)["textFormat"]["bold"]


def test_one_request_reads_the_tabs_and_one_writes_them(api, place):
    spreadsheet.write(place, api.extra, AT)
    assert api.asked == ["token", "GET", "batchUpdate"]


def test_writing_again_leaves_nothing_of_before_and_other_tabs_alone(api, place):
    other = Tab({"sheetId": 0, "title": "Mine", "gridProperties": {"rowCount": 5, "columnCount": 5}}, {(0, 0): {}})
    small = Tab({"sheetId": 7, "title": "Generation", "gridProperties": {"rowCount": 2, "columnCount": 1}})
    small.cells[1, 0] = {"userEnteredValue": {"stringValue": "old"}, "note": "kept"}
    small.cells[1, 60] = {"userEnteredValue": {"stringValue": "old"}}
    small.rules = [{"ranges": [{"sheetId": 7}]}] * 2
    api.tabs = [other, small]
    spreadsheet.write(place, api.extra, AT)
    first = [(tab.properties["title"], tab.texts, tab.rules) for tab in api.tabs]
    spreadsheet.write(place, api.extra, AT)
    assert [(tab.properties["title"], tab.texts, tab.rules) for tab in api.tabs] == first
    assert api.tabs[0] == other
    assert [tab.properties["title"] for tab in api.tabs] == ["Mine", "Generation", "Grid now", "Interconnectors"]
    assert "old" not in [value for row in api.tab("Generation").texts for value in row]
    assert api.tab("Generation").cells[1, 0]["note"] == "kept"


def test_simulated_rows_are_called_so_on_every_sheet(planted, api):
    google_sheets.write(workbook_of(read(planted, is_simulated=True)), Account.of(api.extra), api.url)
    for name in SHEETS:
        assert str(api.tab(name).value(2, 0)).startswith("SIMULATED DATA")


def test_a_token_that_has_expired_is_renewed_once(api, place):
    api.faults = [401]
    spreadsheet.write(place, api.extra, AT)
    assert api.asked == ["token", "GET", "token", "GET", "batchUpdate"]


def without(api: SheetsApi, name: str) -> dict[str, Any]:
    """The connection's extra with a key that lacks something."""
    return {**api.extra, "keyfile_dict": {key: value for key, value in api.key.items() if key != name}}


@pytest.mark.parametrize(
    ("faults", "kind", "says"),
    [
        ([401, 401], SheetRefusedError, f"refuses the token of {EMAIL}, a new one too: make a new key for it"),
        ([429], SheetUnavailableError, "Google Sheets answers 429: Quota exceeded for quota metric 'Write requests'"),
        ([200, 429], SheetUnavailableError, "Google Sheets answers 429: Quota exceeded"),
        ([500], SheetUnavailableError, "Google Sheets answers 500: Internal error encountered."),
        (
            [403],
            SheetRefusedError,
            f"{EMAIL} may not write to spreadsheet {ID}: share it with that address as an editor",
        ),
        ([404], SheetRefusedError, f"there is no spreadsheet {ID} that {EMAIL} sees: correct spreadsheet_id"),
    ],
)
def test_a_refusal_says_in_one_line_what_to_do(api, place, faults, kind, says):
    api.faults = faults
    with pytest.raises(kind) as raised:
        spreadsheet.write(place, api.extra, AT)
    assert says in str(raised.value)
    assert_keeps_secrets(api, raised.value)
    assert api.tabs == []


@pytest.mark.parametrize(
    "wrong", [{"private_key": another_key()}, {"client_email": "gone@project.test"}], ids=["key", "email"]
)
def test_an_account_that_google_does_not_know_is_a_lasting_refusal(api, place, wrong):
    with pytest.raises(
        SheetRefusedError, match=r"gives .+ no token \(invalid_grant: Invalid JWT: .+ make a new key"
    ) as raised:
        spreadsheet.write(place, {**api.extra, "keyfile_dict": {**api.key, **wrong}}, AT)
    assert_keeps_secrets(api, raised.value)


@pytest.mark.parametrize("name", ["private_key", "client_email", "token_uri"])
def test_a_key_that_lacks_something_is_no_key(api, place, name):
    with pytest.raises(SheetRefusedError, match="the key is no service account's") as raised:
        spreadsheet.write(place, without(api, name), AT)
    assert_keeps_secrets(api, raised.value)


@pytest.mark.parametrize("key", ["{", "[]", '"x"', {"private_key": "-----BEGIN canary"}])
def test_what_is_no_key_at_all_is_not_quoted(api, place, key):
    with pytest.raises(SheetRefusedError, match="the key is no service account's") as raised:
        spreadsheet.write(place, {**api.extra, "keyfile_dict": key}, AT)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("extra", [{}, {"spreadsheet_id": ID}, {"keyfile_dict": "{}"}])
def test_a_connection_that_lacks_something_is_told_where_it_is_described(place, extra):
    with pytest.raises(SheetRefusedError, match=r"needs keyfile_dict and spreadsheet_id: docs/spreadsheet\.md"):
        spreadsheet.write(place, extra, AT)


def test_the_key_may_be_a_text_and_the_sheet_named_by_its_address(api, place):
    address = f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0"
    spreadsheet.write(place, {"keyfile_dict": json.dumps(api.key), "spreadsheet_id": address}, AT)
    assert len(api.tabs) == len(SHEETS)


def test_who_does_not_answer_is_given_up_in_time(api, workbook):
    api.is_slow = True
    with pytest.raises(SheetUnavailableError, match="Google Sheets does not answer") as raised:
        google_sheets.write(workbook, Account.of(api.extra), api.url, timeout_s=QUICK_S)
    assert_keeps_secrets(api, raised.value)


def test_who_is_not_there_may_come_back(api, workbook):
    with pytest.raises(SheetUnavailableError, match="Google Sheets does not answer"):
        google_sheets.write(workbook, Account.of(api.extra), "http://127.0.0.1:9")


def assert_keeps_secrets(api: SheetsApi, error: BaseException) -> None:
    """Neither the key nor a token stands in what is said, and nothing is raised from what could hold one."""
    told = f"{error!r} {error.__cause__!r} {Account.of(api.extra)!r}"
    assert "\n" not in str(error)
    assert "PRIVATE KEY" not in told
    assert not any(token in told for token in api.tokens)
    assert error.__cause__ is None
