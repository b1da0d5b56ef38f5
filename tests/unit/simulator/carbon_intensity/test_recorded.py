"""Recorded answers are served as they were received, and polls as they read at their instants."""

import json

import pytest

from include.simulator.carbon_intensity.publisher import CarbonIntensity
from include.simulator.state import StateError

API = "https://api.carbonintensity.org.uk/"
# What was received whole; the bodies of later recordings were indented anew or trimmed by those who recorded them.
AS_RECEIVED = ("gb_with_dates_0", "raw_with_dates_0", "nat_with_dates_0", "gb_no_dates_0", "get_mix_0", "get_factors_0")


@pytest.mark.parametrize("name", AS_RECEIVED)
def test_a_body_is_served_to_the_byte(simulate, recorded, name):
    about = json.loads((recorded / "recorded_2021" / f"{name}.meta.json").read_text())
    body = recorded / "recorded_2021" / f"{name}.json"
    client = simulate(now="2021-04-30T23:01:57Z", recorded=[] if name == "get_factors_0" else [str(body)])

    response = client.get(about["request"]["uri"].removeprefix(API))

    assert response.content == body.read_bytes()
    assert response.headers["Content-Type"] == about["headers"]["content-type"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_the_file_of_2023_is_served_in_spans(simulate, recorded):
    client = simulate(now="2024-01-01T00:00:00Z", recorded=str(recorded / "national_intensity_2023.csv"))

    first = client.data("intensity/2023-01-01T00:00Z/2023-01-15T00:00Z")
    outage = client.data("intensity/2023-10-20T00:00Z/2023-10-23T00:00Z")
    unmeasured = client.data("intensity/2023-01-26T13:30Z/2023-01-26T16:30Z")

    assert len(first) == 14 * 48 + 1
    assert first[0] == {
        "from": "2022-12-31T23:30Z",
        "to": "2023-01-01T00:00Z",
        "intensity": {"forecast": 75, "actual": 65, "index": "low"},
    }
    assert len(outage) == 3 * 48 + 1 - 91
    assert [each["intensity"]["actual"] for each in unmeasured].count(None) == 5


def test_polls_read_as_they_did_at_their_instants(simulate, recorded):
    client = simulate(recorded=str(recorded / "intensity_current_polls_2026-02-05.csv"))
    evening = "intensity/2026-02-05T20:00Z/2026-02-06T00:00Z"

    def actuals(now):
        client.change(now=now)
        return [each["intensity"]["actual"] for each in client.data(evening)]

    assert actuals("2026-02-05T20:31:00Z") == []
    assert actuals("2026-02-05T20:33:00Z") == [143]
    assert actuals("2026-02-05T20:50:00Z") == [137]
    assert actuals("2026-02-06T00:10:00Z") == [137, 130, 122, 114, 110, 99, 90]
    assert client.data("intensity")[0]["intensity"]["actual"] == 90


def test_what_no_recording_tells_of_is_simulated(simulate, recorded):
    client = simulate(recorded=str(recorded / "recorded_2021" / "gb_with_dates_0.json"))

    assert len(client.data("intensity/2026-05-30T00:00Z/2026-05-31T00:00Z")) == 0
    assert len(client.data("generation/2026-05-30T00:00Z/2026-05-31T00:00Z")) == 49


def test_what_is_no_answer_is_refused_in_one_line(tmp_path, recorded):
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    for path in (tmp_path / "none.csv", empty, recorded / "recorded_2021" / "nat_en_0.json"):
        with pytest.raises(StateError) as refused:
            CarbonIntensity.starting_with({"recorded": str(path)}).prepare()
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)
