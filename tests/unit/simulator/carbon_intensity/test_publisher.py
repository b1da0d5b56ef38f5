"""The API over HTTP: the recorded shapes, spans and their edges, and how it is steered."""

import json

import pytest

MAY_30 = "2026-05-30T00:00Z/2026-05-31T00:00Z"


def shape(value):
    """Return keys and kinds of a JSON value; a number is a number, and an array is what its elements are."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [json.loads(text) for text in sorted({json.dumps(shape(each)) for each in value})]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize(
    ("path", "recording"),
    [
        ("generation", "recorded_2021/get_mix_0"),
        (f"intensity/{MAY_30}", "recorded_2021/gb_with_dates_0"),
        (f"generation/{MAY_30}", "recorded_2021/raw_with_dates_0"),
        (f"regional/intensity/{MAY_30}", "recorded_2021/nat_with_dates_0"),
        ("regional/intensity/2026-05-31T12:00Z/fw24h", "recorded_2026/regional_intensity_fw24h_2026-05-05"),
        ("intensity/factors", "intensity_factors_2026-05"),
    ],
)
def test_an_answer_has_the_shape_of_the_recorded_one(shared_client, recorded, path, recording):
    expected = json.loads((recorded / f"{recording}.json").read_text())

    assert shape(shared_client.get(path).json()) == shape(expected)


def test_the_factors_are_the_recorded_ones(shared_client, recorded):
    expected = json.loads((recorded / "intensity_factors_2026-05.json").read_text())

    assert shared_client.get("intensity/factors").json() == expected


def test_the_current_intensity_is_of_the_half_hour_that_just_ended_and_pretty_printed(shared_client, recorded):
    response = shared_client.get("intensity")
    expected = (recorded / "recorded_2021" / "gb_no_dates_0.json").read_bytes().splitlines(keepends=True)

    [told] = response.json()["data"]
    assert (told["from"], told["to"]) == ("2026-05-31T11:30Z", "2026-05-31T12:00Z")
    lines = response.content.splitlines(keepends=True)
    assert [line.split(b":")[0] for line in lines] == [line.split(b":")[0] for line in expected]
    assert [line[-3:] for line in lines if b'":' not in line] == [line[-3:] for line in expected if b'":' not in line]


def test_a_range_begins_with_the_half_hour_that_ends_at_its_beginning(shared_client):
    told = shared_client.data("intensity/2026-05-30T00:00Z/2026-05-30T23:59Z")

    assert len(told) == 48
    assert (told[0]["from"], told[-1]["to"]) == ("2026-05-29T23:30Z", "2026-05-30T23:30Z")


def test_two_days_ahead_are_96_half_hours_from_the_one_that_runs(simulate):
    client = simulate(now="2026-05-31T12:01:00Z")
    told = client.data("intensity/2026-05-31T12:01Z/fw48h")

    assert len(told) == 96
    assert (told[0]["from"], told[-1]["to"]) == ("2026-05-31T12:00Z", "2026-06-02T12:00Z")


@pytest.mark.parametrize("family", ["intensity", "generation", "regional/intensity"])
def test_the_past_day_ends_at_its_instant(shared_client, family):
    told = shared_client.data(f"{family}/2026-05-31T12:00Z/pt24h")

    assert len(told) == 49
    assert (told[0]["from"], told[-1]["to"]) == ("2026-05-30T11:30Z", "2026-05-31T12:00Z")


def test_generation_ends_with_the_year_in_which_it_was_asked_to_begin(shared_client):
    across = shared_client.data("generation/2025-12-31T00:00Z/2026-01-02T00:00Z")
    after = shared_client.data("generation/2026-01-01T00:00Z/2026-01-02T00:00Z")

    assert (len(across), across[-1]["to"]) == (49, "2026-01-01T00:00Z")
    assert (len(after), after[0]["to"], after[-1]["to"]) == (49, "2026-01-01T00:00Z", "2026-01-02T00:00Z")


def test_a_range_of_more_than_14_days_is_refused_in_the_api_s_words(shared_client, recorded):
    expected = json.loads((recorded / "errors" / "400_invalid_datetime.json").read_text())

    too_long = shared_client.get("intensity/2026-05-01T00:00Z/2026-05-16T00:00Z")
    no_instant = shared_client.get("intensity/today/2026-05-16T00:00Z")

    assert (too_long.status_code, too_long.json()["error"]["code"]) == (400, "400 Bad Request")
    assert (no_instant.status_code, no_instant.json()) == (400, expected)


def test_what_is_not_there_is_not_found(shared_client):
    assert shared_client.get("regional/postcode/EN2").status_code == 404


def test_nothing_is_told_before_it_begins(shared_client, simulate):
    assert shared_client.data("intensity/2017-08-01T00:00Z/2017-08-02T00:00Z") == []
    assert len(simulate(start="2026-05-30").data("intensity/2026-05-29T00:00Z/2026-05-30T12:00Z")) == 24


def test_the_clock_can_be_set_while_it_serves(simulate):
    client = simulate()
    before = client.data("intensity")

    told = client.change(now="2026-05-31T13:07:00Z").json()

    assert (told["ended_at"], told["forecast_until"]) == ("2026-05-31T13:00Z", "2026-06-02T13:00Z")
    assert client.data("intensity")[0]["to"] == "2026-05-31T13:00Z"
    assert before != client.data("intensity")


def test_it_remembers_what_it_was_asked_by_family(simulate):
    client = simulate()
    for path in ("intensity", f"generation/{MAY_30}", f"regional/intensity/{MAY_30}", "intensity/factors"):
        client.get(path)

    assert [each["action"] for each in client.asked()] == ["national", "generation", "regional", "factors"]
    assert client.asked()[1]["path"] == f"/carbon-intensity/generation/{MAY_30}"


def test_faults_can_be_set_on_one_family(simulate):
    client = simulate(fault="500", fault_on="regional")

    assert client.get(f"regional/intensity/{MAY_30}").status_code == 500
    assert client.get(f"intensity/{MAY_30}").status_code == 200
