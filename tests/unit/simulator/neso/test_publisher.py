"""What the portal publishes by its clock, and how a test steers it."""

import threading

from include.simulator.neso.columns import MEASURES

ALL = 'SELECT * FROM T ORDER BY "DATETIME"'


def test_the_download_leads_to_another_address(shared_client):
    resource = shared_client.resource()

    moved = shared_client.session.get(resource["url"], timeout=60, allow_redirects=False)
    file = shared_client.session.get(moved.headers["Location"], timeout=60)

    assert moved.status_code == 302
    assert resource["url"].endswith("/download/df_fuel_ckan.csv")
    assert file.headers["Content-Type"] == "application/octet-stream"
    header, first, *rest = file.text.splitlines()
    assert header.split(",") == ["DATETIME", *MEASURES]
    assert first.startswith("2026-01-01T00:00:00,")
    assert rest[-1].startswith("2026-05-31T10:00:00,")


def test_many_ask_at_once_and_all_are_told_the_same(shared_client):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(shared_client.sql(ALL).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_two_simulators_with_one_seed_tell_the_same(simulate, shared_client):
    twin, other = simulate(), simulate(seed=1)

    assert twin.records(ALL) == shared_client.records(ALL)
    assert other.records(ALL) != shared_client.records(ALL)


def test_the_clock_can_be_set_while_it_serves(simulate):
    client = simulate(now="2026-05-01T12:00:00Z")
    before = client.last_modified()

    told = client.change(now="2026-05-01T13:00:00Z").json()

    assert told["last_modified"] == client.last_modified() > before
    assert told["newest_half_hour"] == "2026-05-01T11:00:00Z"
    assert client.records('SELECT max("DATETIME") AS newest FROM T') == [{"newest": "2026-05-01T11:00:00"}]


def test_a_state_that_makes_no_sense_is_refused_and_changes_nothing(simulate):
    client = simulate()

    for wanted in ({"fault": "flood"}, {"colour": "red"}, {"now": "soon"}, {"csv": "/none.csv"}, {"fault_times": "x"}):
        response = client.change(**wanted)
        assert response.status_code == 400
        assert response.json()["error"]
    assert len(client.records("SELECT 1 AS one FROM T LIMIT 1")) == 1


def test_it_remembers_what_it_was_asked(simulate):
    client = simulate(fault="500", fault_times=1)
    client.sql("SELECT 1")
    client.sql("SELECT 2")

    asked = client.asked()

    assert [(each["action"], each["status"]) for each in asked] == [
        ("datastore_search_sql", 500),
        ("datastore_search_sql", 200),
    ]
    assert asked[0]["faults"] == ["500"]
    assert asked[1]["parameters"] == {"sql": "SELECT 2"}
