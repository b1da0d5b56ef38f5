"""Runs are killed, interrupted and crowded, and their server goes down: the quick part of tests/faults."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Role, Warehouse
from tests.faults import clocks, crowds, kills, servers
from tests.faults.ground import Ground, ground_of, reading
from tests.faults.runs import warm_up
from tests.faults.statements import AFTER, AMIDST, COMMITTED
from tests.simulated_portal import SimulatedPortal


@pytest.fixture(scope="module")
def grown(
    cluster: Cluster,
    settings: Settings,
    template: Warehouse,
    copy_of: Callable[..., Any],
    portal_process: SimulatedPortal,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    """A warehouse in which one edition stands; the tests take it on from there, one after another."""
    warm_up()
    portal_process.reset()
    with copy_of(template) as warehouse:
        ground = ground_of(cluster, settings, warehouse, portal_process)
        ground.logs = tmp_path_factory.mktemp("runs")
        kills.first_run(ground)
        yield ground


@pytest.fixture
def ground(grown: Ground, portal_process: SimulatedPortal) -> Ground:
    """The same, with its publisher sound again after whatever other tests made of it."""
    portal_process.reset()
    return grown


def point(step: str, side: str, name: str) -> kills.Point:
    [found] = [each for each in kills.POINTS if (each.step, each.side, each.name) == (step, side, name)]
    return found


@pytest.mark.parametrize(
    ("step", "side", "name"),
    [
        ("extract_and_load", AMIDST, "COPY"),
        ("extract_and_load", AFTER, "adding versions"),
        ("build_models", AFTER, "deleting pending half-hours"),
        ("publish", AFTER, "moving the watermark"),
    ],
)
def test_a_run_that_is_killed_leaves_nothing_half_visible_and_the_next_one_heals(ground, step, side, name):
    with reading(ground) as seen:
        wrong = ground.after(ground.struck_at(point(step, side, name), "kill"))
    assert wrong + seen == []


def test_a_publication_that_was_committed_before_its_process_was_killed_stands_when_airflow_retries_it(ground):
    [outcome] = kills.retried(ground, (point("publish", COMMITTED, "the publication"),))
    assert outcome.wrong == ()


def test_a_run_that_is_told_to_end_leaves_nothing_half_visible(ground):
    outcomes = kills.terminated(ground, (point("publish", AFTER, "publishing the mix"),))
    assert [each.wrong for each in outcomes] == [()]


def test_a_session_that_the_server_ends_fails_the_run_by_an_error_that_is_tried_again(ground):
    outcomes = servers.sessions_ended(ground, servers.POINTS[1:2])
    assert [each.wrong for each in outcomes] == [()]


def test_a_run_that_comes_late_leaves_the_rest_of_the_edition_to_the_next(ground):
    assert crowds.late(ground).wrong == ()


def test_three_runs_of_the_same_hour_bring_its_rows_once(ground):
    assert crowds.gathered(ground, "three of the same hour", [crowds.HOURLY] * 3).wrong == ()


def test_neither_the_zone_of_the_host_nor_that_of_the_client_matters(ground):
    assert clocks.in_zone(ground, "Asia/Kathmandu").wrong == ()


@pytest.mark.parametrize(
    ("corruption", "told"),
    [
        ("delete from analytics.half_hourly_generation where period_started_at = '2026-04-30 12:00+00'", "1 rows lost"),
        (
            "update analytics.half_hourly_generation set gas_mw = gas_mw + 1 where settlement_period = 7",
            "rows wrong in",
        ),
        (
            "update analytics.daily_generation_mix set energy_mwh = energy_mwh * 2 where fuel_code = 'gas'",
            "wrong in daily",
        ),
        ("delete from analytics.half_hourly_generation_versions where settlement_period = 3", "generation_versions"),
        ("update analytics.half_hourly_generation_mix set share_pct = 1 where fuel_code = 'wind'", "shares are off"),
        ("update analytics.daily_coverage set present_half_hours = 1", "wrong in daily_coverage"),
        ("update ops.pipeline_runs set status = 'running', finished_at = null", "nobody works on it"),
        ("update ops.pipeline_runs set new = coalesce(new, 0) + 1", "versions, wrote"),
        ("update ops.datasets set published_version_id = published_version_id - 1", "pending after the next run"),
    ],
)
def test_the_witness_would_see_it(ground, copy_of, corruption, told):
    """A checker that finds nothing is worth something only if it finds what is there."""
    with copy_of(ground.warehouse) as warehouse:
        spoilt = ground_of(ground.cluster, ground.place.settings, warehouse, ground.portal)
        assert spoilt.witness.after_healing(ground.held) == []
        with spoilt.place.session(Role.TRANSFORMER) as transformer, transformer, transformer.cursor() as cursor:
            cursor.execute(corruption)
        assert any(told in each for each in spoilt.witness.after_healing(ground.held))


def test_a_killed_run_is_really_killed(ground: Ground, tmp_path: Path):
    ended = ground.runs.begin(kills.POINTS[0], strike="kill").wait()
    assert (ended.was_killed, ended.step) == (True, "extract_and_load")
