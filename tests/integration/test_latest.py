"""`gridloom latest` against a real PostgreSQL: what it shows of each figure, and what it says where there is none."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import psycopg2
import pytest
from rich.console import Console

from include.cli import main
from include.commands import latest as command
from include.local.errors import LocalError
from include.operations import runs
from include.serving.latest import Direction, Latest, as_json, time_of
from include.settings import REPOSITORY
from include.warehouse import Role, Warehouse, session
from tests.declared_dataset import DAG, declare
from tests.planted_grid import AT, GRID, NOON, fuel, plant, read


@pytest.fixture(scope="module")
def planted(shared_warehouse: Warehouse) -> Warehouse:
    """A warehouse in which a DAG of a publisher's has published what the grid is doing."""
    plant(shared_warehouse)
    declare(shared_warehouse, last_known_at=NOON)
    with session(shared_warehouse.dsn(Role.LOADER), application="tests") as loader:
        run_id = runs.open_run(loader, DAG, "test__1")
    with session(shared_warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(
            "insert into ops.publications (build_id, run_id, published_at, keys, was_forced, tables)"
            """ values (1, %s, %s, 1, false, '{"grid_now": {}}')""",
            (run_id, NOON),
        )
    return shared_warehouse


@pytest.fixture
def found(planted: Warehouse) -> Latest:
    return read(planted)


@pytest.fixture
def run(monkeypatch: Any, capsys: Any) -> Callable[..., tuple[int, str, str]]:
    """Types `gridloom …` against a warehouse; returns its exit code, what it printed, and what it said."""

    def typed(warehouse: Warehouse, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
        monkeypatch.setattr(sys, "argv", ["gridloom", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return typed


def drawn(found: Latest, width: int = 140) -> list[str]:
    """The lines of the picture on a screen of this width."""
    console = Console(width=width, file=StringIO())
    console.print(command.picture(found, width))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def line_of(lines: list[str], name: str) -> str:
    """The only line that begins with a name."""
    [line] = [" ".join(line.split()) for line in lines if line.startswith(name)]
    return line


def test_each_figure_is_read_with_its_time_and_what_is_known_of_its_cable(found):
    assert [each.quantity for each in (*found.system, *found.generation, *found.interconnectors)] == [
        row["quantity"] for row in GRID
    ]
    ifa, moyle, east_west, unknown = found.interconnectors
    assert (ifa.country, ifa.capacity_mw, ifa.direction, ifa.use_share) == ("France", 2000, Direction.IMPORT, 1.25)
    assert (moyle.country, moyle.direction, moyle.use_share) == ("Northern Ireland", Direction.EXPORT, 0.9)
    assert east_west.direction is Direction.IDLE
    assert (unknown.country, unknown.capacity_mw, unknown.use_share) == (None, None, None)
    assert [each.text for each in found.attributions] == ["Contains tides"]


def test_storage_that_is_filled_has_no_share_of_what_is_generated(found):
    assert [found.share(each) for each in found.generation] == [0.75, 0.25, None]


def test_a_picture_tells_value_unit_time_period_and_age(found):
    lines = drawn(found)
    assert lines[0] == "The grid of Great Britain, Wednesday 20 May 2026, 12:09 BST"
    assert line_of(lines, "Frequency") == "Frequency 50.01 Hz 12:08 BST 25 1 min ago"
    assert line_of(lines, "Demand") == "Demand 26.32 GW 11:30–12:00 BST 24 39 min ago"
    assert line_of(lines, "System price") == "System price -£12.50/MWh 11:30–12:00 BST 24 39 min ago"
    assert line_of(lines, "Net imbalance") == "Net imbalance volume -310 MWh 11:30–12:00 BST 24 39 min ago"
    assert line_of(lines, "as of 12:05").startswith("as of 12:05 BST, settlement period 25, 4 min ago")
    assert lines[-1] == "Contains tides"


def test_a_picture_marks_what_is_suspect_and_shows_where_power_goes(found):
    lines = drawn(found, width=80)
    assert line_of(lines, "Net imports").startswith("Net imports (suspect) 2.05 GW 12:05 BST")
    assert line_of(lines, "IFA (suspect)").startswith("IFA (suspect) ← import France 2.50 125% of 2.0 ████")
    assert line_of(lines, "Moyle").startswith("Moyle → export Northern Ireland -0.45 90% of 0.5 ████")
    assert line_of(lines, "East-West") == "East-West (EWIC) idle Ireland 0.00 0% of 0.5"
    assert line_of(lines, "Unknown (INTNEU)") == "Unknown (INTNEU) ← import 0.10 unknown"
    assert line_of(lines, "Pumped storage") == "Pumped storage -0.20"


def test_names_are_shown_as_they_are_written(found):
    assert line_of(drawn(found, width=80), "=1+1").startswith("=1+1 [/b] 3.00 25.0 ████")


@pytest.mark.parametrize("width", [80, 132, 200])
def test_a_picture_fits_its_screen(found, width):
    lines = drawn(found, width)
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)


def test_a_time_of_another_day_has_its_day_and_clock_changes_their_zone(found):
    figure = found.system[0]
    assert time_of(figure, AT + timedelta(days=1)) == "20 May 12:08 BST"
    assert time_of(figure, datetime(2026, 5, 20, 23, 30, tzinfo=UTC)) == "20 May 12:08 BST"


def test_json_has_instants_ages_shares_and_directions(found):
    told = json.loads(json.dumps(as_json(found)))
    assert (told["at"], told["is_simulated"]) == ("2026-05-20T11:09:00Z", False)
    assert told["system"][0] == {
        **{"quantity": "frequency", "fuel_code": None, "name": "Frequency", "value": 50.013, "unit": "Hz"},
        **{"as_of_at": "2026-05-20T11:08:00Z", "lasts_minutes": 1, "age_seconds": 60, "is_suspect": False},
        **{"settlement_date": "2026-05-20", "settlement_period": 25},
    }
    assert told["generation"][1]["share"] == 0.25
    cable = told["interconnectors"][1]
    assert (cable["direction"], cable["country"], cable["capacity_mw"], cable["use_share"]) == (
        *("export", "Northern Ireland", 500, 0.9),
    )
    assert told["attributions"] == [
        {"text": "Contains tides", "licence": "Open", "licence_url": "https://tide.test/licence"}
    ]


def test_the_command_prints_one_object_or_a_picture(run, planted):
    code, printed, _ = run(planted, "latest", "--json")
    assert (code, json.loads(printed)["system"][3]["value"]) == (0, 26_317)
    code, printed, said = run(planted, "latest")
    assert (code, said) == (0, "")
    assert "Contains tides" in printed


@pytest.fixture
def empty(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    with copy_of(template) as warehouse:
        yield warehouse


def test_a_warehouse_without_it_says_how_to_bring_it_in(run, empty):
    for rows in (None, ()):
        if rows is not None:
            plant(empty, rows)
        for arguments in (["latest"], ["latest", "--json"], ["export", "xlsx"]):
            code, printed, said = run(empty, *arguments)
            assert (code, printed) == (1, "")
            [line] = said.splitlines()
            assert line.startswith("gridloom: nothing is published yet of what the grid is doing; bring it in: ")
            assert line.endswith("gridloom run elexon_live")


def test_seconds_go_with_watch(run, planted):
    code, _, said = run(planted, "latest", "5")
    assert (code, said) == (1, "gridloom: 5 says how often to draw it anew, which goes with --watch: --watch 5\n")


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Whoever runs the tests in the background has Ctrl-C ignored, and so have their children; not in this test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_watching_ends_quietly_and_prints_a_line_of_json_each_time(planted, home):
    program = [sys.executable, "-P", "-m", "include.cli", "latest", "--watch", "1", "--json"]
    environment = {**os.environ, "GRIDLOOM_WAREHOUSE_URL": planted.owner_dsn}
    with subprocess.Popen(
        program, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        lines = [watching.stdout.readline() for _ in range(2)]
        watching.send_signal(signal.SIGINT)
        rest, said = watching.communicate(timeout=20)
    assert [json.loads(line)["system"][0]["value"] for line in lines] == [50.013, 50.013]
    assert (watching.returncode, rest, said) == (0, "", "")


def test_who_watches_waits_out_a_warehouse_that_is_away_or_empty(found, monkeypatch, capsys):
    fates: list[Any] = [
        found,
        psycopg2.OperationalError("the server\nis away"),
        LocalError("nothing is published"),
        found,
    ]

    def fate() -> Latest:
        if not fates:
            raise KeyboardInterrupt
        told = fates.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(command, "out", Console(force_terminal=True, width=140))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        command._watch(command.Request(is_json=False, every_s=1), fate)
    printed = capsys.readouterr().out
    assert printed.count("The grid of Great Britain") == 2
    assert "the server is away" in printed
    assert "nothing is published" in printed


def test_it_imports_nothing_that_is_slow(planted):
    code = (
        "import sys; sys.argv = ['gridloom', 'latest']\n"
        "from include.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'airflow', 'dbt', 'great_expectations', 'pandas', 'pyarrow', 'gspread', 'xlsxwriter', 'streamlit'}\n"
        "print('slow:', sorted(slow & set(sys.modules)))"
    )
    environment = {**os.environ, "GRIDLOOM_WAREHOUSE_URL": planted.owner_dsn}
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=REPOSITORY, env=environment
    )
    assert told.stdout.splitlines()[-1] == "slow: []"


def test_a_grid_without_cables_or_fuels_is_drawn(empty):
    plant(empty, (fuel("WIND", "Wind", 0),))
    lines = drawn(read(empty, is_simulated=True))
    assert lines[1] == "SIMULATED DATA: the rows come from Gridloom's simulator, not from the publishers"
    assert line_of(lines, "Wind").startswith("Wind 0.00")
