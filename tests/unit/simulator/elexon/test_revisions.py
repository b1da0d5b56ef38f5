"""What is told again: settlement runs on their days, documents with higher revisions, prices made anew."""

from collections import defaultdict

import pytest

from include.simulator.elexon.runs import RUNS, due_s
from include.simulator.elexon.settlement import utc

ASKED = {"settlementDate": "2025-02-04", "settlementPeriod": 20}


def test_runs_are_due_so_many_working_days_later():
    due = [utc(each).date().isoformat() for each in due_s("2025-02-04")]

    assert dict(zip(RUNS, due, strict=True)) == {
        "II": "2025-02-11",
        "SF": "2025-02-26",
        "R1": "2025-03-31",
        "R2": "2025-06-06",
        "R3": "2025-09-15",
        "RF": "2026-03-31",
    }


def test_only_the_latest_run_is_told_and_it_moves_to_the_final_figure(simulate):
    told = {}
    client = simulate()
    for run, seconds in zip(RUNS, due_s("2025-02-04"), strict=True):
        client.change(now=utc(seconds).isoformat())
        rows = client.rows("TUDM", **ASKED)
        assert {row["settlementRunType"] for row in rows} == {run}
        told[run] = {row["bmUnit"]: row["quantity"] for row in client.rows("B1610", **ASKED)}
        client.change(now=utc(seconds - 1).isoformat())
        assert {row["settlementRunType"] for row in client.rows("TUDM", **ASKED)} == (
            {RUNS[RUNS.index(run) - 1]} if run != "II" else set()
        )

    def off(run):
        return sum(abs(told[run][unit] - told["RF"][unit]) for unit in told["RF"])

    assert [off(run) for run in RUNS] == sorted((off(run) for run in RUNS), reverse=True)
    assert off("R3") > off("RF") == 0


def test_metered_output_is_near_what_was_notified(shared_client):
    asked = {"settlementDate": "2026-05-13", "settlementPeriod": 20}
    metered = {row["nationalGridBmUnitId"]: row["quantity"] for row in shared_client.rows("B1610", **asked)}
    notified = {
        row["nationalGridBmUnit"]: row["levelFrom"]
        for row in shared_client.rows("PN", **asked)
        if row["timeFrom"].endswith("08:30:00Z")
    }

    assert len(metered) > 60
    assert all(metered[unit] == pytest.approx(notified[unit] / 2, rel=0.1, abs=1) for unit in metered)


@pytest.mark.parametrize("now", ["2026-05-19T23:44:33Z"])
def test_a_price_is_made_after_its_period_a_day_later_and_by_every_run(simulate, now):
    client = simulate(now=now)
    path = "balancing/settlement/system-prices/2026-05-20/1"

    def at(instant):
        client.change(now=instant)
        return client.get(path).json()["data"]

    assert at("2026-05-19T23:44:33Z") == []
    made = [
        at(instant)[0]
        for instant in ("2026-05-19T23:44:34Z", "2026-05-20T23:44:33Z", "2026-05-20T23:44:34Z", "2026-05-28T12:00:00Z")
    ]
    assert [row["createdDateTime"] for row in made] == [
        "2026-05-19T23:44:34Z",
        "2026-05-19T23:44:34Z",
        "2026-05-20T23:44:34Z",
        "2026-05-28T07:00:00Z",
    ]
    assert len({row["systemSellPrice"] for row in made}) == 3
    assert all(row["systemSellPrice"] == row["systemBuyPrice"] for row in made)


def test_prices_go_below_nothing_and_stay_within_what_was_seen(shared_client):
    prices = [
        row["systemSellPrice"]
        for day in range(10, 20)
        for row in shared_client.get(f"balancing/settlement/system-prices/2026-05-{day}").json()["data"]
    ]

    assert -185.33 <= min(prices) < 0 < max(prices) <= 4_037.80


@pytest.mark.parametrize("code", ["AGPT", "AGWS", "ATL"])
def test_some_documents_are_told_again_with_a_higher_revision(shared_client, code):
    names = ("startTime", "psrType", "businessType")
    versions = defaultdict(dict)
    for row in shared_client.published(code, "2026-05-10", "2026-05-20"):
        versions[tuple(row.get(name) for name in names)][row["documentRevisionNumber"]] = row

    revised = [each for each in versions.values() if set(each) == {1, 2}]
    assert 0 < len(revised) < 0.25 * len(versions)
    for each in revised:
        assert each[2]["publishTime"] > each[1]["publishTime"]
        assert each[2]["documentId"] == each[1]["documentId"]
        assert each[2]["quantity"] != each[1]["quantity"]


def test_an_event_s_messages_have_rising_revisions(shared_client):
    events = defaultdict(list)
    for row in shared_client.published("REMIT", "2026-05-20", "2026-05-27"):
        events[row["mrid"]].append((row["revisionNumber"], row["publishTime"]))
        assert row["outageProfile"][0].keys() == {"startTime", "endTime", "capacity"}

    assert any(len(each) > 2 for each in events.values())
    for each in events.values():
        assert sorted(each) == sorted(each, key=lambda told: told[1])
        assert len({revision for revision, _ in each}) == len(each)


def test_a_forecast_changes_with_every_publication(shared_client):
    told = defaultdict(set)
    for row in shared_client.published("NDF", "2026-05-20T12:00Z", "2026-05-20T23:00Z"):
        told[row["startTime"]].add(row["demand"])

    assert max(map(len, told.values())) > 3
