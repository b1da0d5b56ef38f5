"""`gridloom backtest` and `gridloom forecast latest`, as they are typed."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from psycopg2.extras import execute_values
from typer.testing import CliRunner

from include.cli import app
from include.commands import terminal
from include.local.errors import LocalError
from include.settlement import HALF_HOUR
from include.warehouse import Warehouse, session

FIRST_AT = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 70
BACKTEST = (
    "backtest",
    "--target",
    "solar",
    "--model",
    "naive_day",
    "--from",
    "2026-05-01T06:00Z",
    "--to",
    "2026-05-05",
)


def half_hour_mw(number: int) -> float:
    """Each day is like the one before, and 10 MW more."""
    return 1_000 + 10 * (number // 48) + number % 48


def plant(warehouse: Warehouse, known_at: str) -> None:
    """Put half-hours of solar into raw, each known at an instant, and publish them."""
    rows = [(FIRST_AT + number * HALF_HOUR, half_hour_mw(number)) for number in range(48 * DAYS)]
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into raw.neso_generation_mix (period_started_at, payload, content_hash, known_at, run_id) values %s
            """,
            [(at, mw, at) for at, mw in rows],
            template=f"(%s, jsonb_build_object('SOLAR', %s::double precision), '', %s::timestamptz + {known_at}, 1)",
            page_size=10_000,
        )
        cursor.execute(
            """
            update ops.watermarks
            set published_version_id = (select max(version_id) from raw.neso_generation_mix)
            where release = 'neso_generation_mix'
            """
        )


@pytest.fixture
def typed(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch):
    """Types a command over a warehouse of the test's own; returns what came."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_backtest_by_what_was_known_prints_its_errors_and_keeps_them(typed, warehouse, query):
    plant(warehouse, "interval '40 minutes'")
    done = typed(*BACKTEST)
    assert done.exit_code == 0, done.output
    assert "4 origins, 0 refused; kept in ops.backtests" in done.output
    # A day ahead it errs by the 10 MW of a day, then by 20; the last half-hour that was known is not yet of the day.
    [(target, model, history, origins, half_hours, mae, week, skill, coverage)] = query(
        """
        select target, model, history, origins, half_hours, mae, mae_naive_week, skill, coverage_pct from ops.backtests
        """
    )
    assert (target, model, history, origins, half_hours) == ("solar", "naive_day", "known", 4, 4 * 96)
    assert mae == pytest.approx(np.mean([10] * 48 + [20] * 48), abs=0.5)
    assert week == pytest.approx(70, abs=0.5)
    assert skill == pytest.approx(0, abs=1e-9)
    assert coverage == 100
    [(leads,)] = query("select by_lead from ops.backtests")
    assert [each["lead"] for each in leads] == ["0-6 h", "6-24 h", "24-48 h"]
    assert sum(each["half_hours"] for each in leads) == 4 * 96


def test_history_that_was_loaded_later_was_not_known_and_latest_is_named(typed, warehouse, query):
    plant(warehouse, "interval '6 months'")
    refused = typed(*BACKTEST)
    assert isinstance(refused.exception, LocalError)
    assert "all 4 origins were refused; the first: nothing was known of it" in str(refused.exception)
    assert "--history latest" in str(refused.exception)
    done = typed(*BACKTEST, "--history", "latest")
    assert done.exit_code == 0, done.output
    assert "from what is known now, which flatters" in done.output
    assert query("select history, origins from ops.backtests") == [("latest", 4)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--target", "coal"), "--target coal is not one of demand, wind, solar, gas, carbon"),
        (("--model", "oracle"), "--model oracle is not one of naive_day, naive_week, ridge"),
        (("--from", "yesterday"), "--from and --to are instants or days"),
        (("--to", "2026-04-01"), "--from must lie before --to"),
        (("--every", "0.7"), "--every be whole half-hours"),
        (("--to", "2099-01-01", "--every", "0.5"), "ask for at most 20,000 at once"),
    ],
)
def test_what_cannot_be_tested_is_said_in_a_line(words, said):
    failed = CliRunner().invoke(app, [*BACKTEST, *words])
    assert isinstance(failed.exception, LocalError)
    assert said in str(failed.exception)


def test_the_newest_forecasts_are_told_to_people_and_to_programs(published, monkeypatch):
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", published.owner_dsn)
    monkeypatch.setattr(terminal.out, "_width", 80)
    told = CliRunner().invoke(app, ["forecast", "latest"]).output
    for words in ("Demand (MW)", "30,100", "29,900–30,900", "ridge", "82 %", "Solar: refused, because the newest"):
        assert words in told
    assert "absent: fracast, because it is not installed" in told
    by_half_hours = CliRunner().invoke(app, ["forecast", "latest", "--target", "wind", "--model", "naive_week"]).output
    assert by_half_hours.count("30,400") == 96
    assert "worse than naive" in by_half_hours
    of_programs = json.loads(CliRunner().invoke(app, ["forecast", "latest", "--json"]).stdout)
    assert [len(each["half_hours"]) for each in of_programs["forecasts"]] == [96, 96, 96, 0, 96]
    failed = CliRunner().invoke(app, ["forecast", "latest", "--target", "coal"])
    assert "--target coal is not one of demand" in str(failed.exception)


def test_before_the_first_forecast_the_command_that_makes_one_is_named(typed):
    failed = typed("forecast", "latest")
    assert isinstance(failed.exception, LocalError)
    assert str(failed.exception).endswith("run forecasts")
