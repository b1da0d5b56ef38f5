"""Each fault of what the API says, as a client meets it; and that it heals."""

import json
from collections import Counter

import pytest
import requests

from include.simulator.elexon.faults import FAULTS
from include.simulator.elexon.publisher import Elexon
from include.simulator.faults import ON_THE_WAY

HOURS = {"publishDateTimeFrom": "2026-05-20T00:00Z", "publishDateTimeTo": "2026-05-20T00:30Z"}
STREAM, PLAIN = "datasets/FUELINST/stream", "datasets/FUELINST"
OTHERS = {
    "metadata": "datasets/metadata/latest",
    "system_prices": "balancing/settlement/system-prices/2026-05-20",
    "reference": "reference/bmunits/all",
    "data_status": "data-status/PN",
}


@pytest.fixture
def play(shared_client):
    """Play one fault on the next request only, and no fault after the test."""

    def played(name, path=STREAM, *, asked=HOURS, **state):
        response = shared_client.change(fault=name, **{"fault_times": 1, **state})
        assert response.status_code == 200, response.text
        return shared_client.get(path, **asked)

    yield played
    shared_client.change(fault=None, fault_times=None, fault_on=None, fault_at=None)


def keys(rows):
    return [(row["startTime"], row["fuelType"]) for row in rows]


@pytest.fixture
def sound(shared_client):
    return shared_client.get(STREAM, **HOURS).json()


def test_every_fault_of_the_api_has_a_test_here():
    tests = " ".join(name.removeprefix("test_") for name in globals())
    own = [name for name in FAULTS if name not in {fault.name for fault in ON_THE_WAY}]

    assert [name for name in own if name.replace("-", "_") not in tests] == []


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in {each.name for each in ON_THE_WAY}])
def test_every_answer_can_be_struck_and_heals(shared_client, play, name):
    for path in (STREAM, PLAIN, OTHERS["system_prices"]):
        before = shared_client.get(path, **HOURS)

        spoilt = play(name, path)

        has_no_window = name == "wrong-window" and path == OTHERS["system_prices"]
        assert (spoilt.content == before.content) == has_no_window
        assert shared_client.get(path, **HOURS).content == before.content


@pytest.mark.parametrize("path", OTHERS.values())
def test_every_list_can_be_struck(shared_client, play, path):
    before = shared_client.get(path).content

    assert before not in {play(name, path).content for name in ("short", "unknown-column", "null-key", "no-bracket")}


@pytest.mark.parametrize("path", [STREAM, PLAIN])
def test_a_cut_off_transfer_is_seen_by_the_client(play, path):
    with pytest.raises(requests.exceptions.RequestException):
        play("cut-off", path)


@pytest.mark.parametrize("path", [STREAM, PLAIN])
def test_an_honest_cut_off_is_half_of_the_json_in_good_order(play, sound, path):
    response = play("cut-off-honest", path)

    assert response.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert 0.3 < len(response.content) / len(json.dumps(sound, separators=(",", ":"))) < 0.7


def test_what_is_cut_off_had_begun(shared_client, play):
    shared_client.change(fault="cut-off", fault_times=1)
    with shared_client.session.get(f"{shared_client.url}/{STREAM}", params=HOURS, stream=True, timeout=60) as response:
        pieces = response.iter_content(1_024)
        assert next(pieces).startswith(b'[{"dataset":"FUELINST",')
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(pieces)


@pytest.mark.parametrize("path", [STREAM, PLAIN, OTHERS["metadata"], "health"])
def test_429_and_500_are_told_on_streams_too(play, path):
    refused, broken = play("429", path, retry_after="7"), play("500", path)

    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["status"]) == (429, "7", 429)
    assert (broken.status_code, broken.json()["status"]) == (500, 500)


@pytest.mark.parametrize(
    ("name", "starts"),
    [("html", b"<!DOCTYPE"), ("empty", b""), ("empty-object", b"{}"), ("null-data", b'{"data":null}')],
)
def test_html_empty_empty_object_and_null_data_come_under_200(play, name, starts):
    response = play(name)

    assert response.status_code == 200
    assert response.content.startswith(starts)
    assert len(response.content) < 300


def test_404_and_503_are_told(play):
    assert play("404").status_code == 404
    assert play("503", "health").status_code == 503


def test_dropped_and_slow_and_trickle_are_played_on_streams(play, sound):
    with pytest.raises(requests.exceptions.ConnectionError):
        play("dropped")
    for name in ("slow", "trickle"):
        assert play(name, slow_seconds=0.05).json() == sound


def test_no_bracket_ends_in_good_order_after_a_whole_row(play, sound):
    response = play("no-bracket")

    assert (response.status_code, response.headers["Transfer-Encoding"]) == (200, "chunked")
    assert json.loads(response.text + "]") == sound
    plain = play("no-bracket", PLAIN)
    assert json.loads(plain.text + "]}")["data"] == sound


def test_wrong_window_gives_the_latest(play, shared_client):
    latest = shared_client.get(STREAM).json()

    assert play("wrong-window").json() == latest
    required = play("wrong-window", "datasets/AGPT/stream").json()
    assert required[0]["publishTime"] > "2026-05-31T00:00:00Z"


def test_short_lacks_the_middle_third_and_no_rows_has_none(play, sound):
    rows = play("short").json()

    assert keys(rows) == keys(sound)[: len(sound) // 3] + keys(sound)[2 * (len(sound) // 3) :]
    assert play("no-rows").content == b"[]"


def test_withdrawn_tail_lacks_the_newest(play, sound):
    assert play("withdrawn-tail").json() == sound[6:]


def test_further_outside_has_rows_of_another_day(play, sound):
    rows = play("further-outside").json()
    outside = [row for row in rows if row not in sound]

    assert len(rows) == len(sound) + 3
    assert {row["publishTime"][:10] for row in outside} == {"2026-05-17"}
    assert {row["settlementDate"] for row in outside} == {"2026-05-17"}


def test_repeated_rows_are_alike(play, sound):
    counts = Counter(json.dumps(row) for row in play("repeated").json())

    assert sorted(counts.values())[-4:] == [1, 2, 2, 2]
    assert len(counts) == len(sound)


def test_disagreeing_rows_have_one_key_and_two_values(play, sound):
    rows = play("disagreeing").json()
    [key] = [key for key, count in Counter(keys(rows)).items() if count == 2]

    assert len(rows) == len(sound) + 1
    assert len({row["generation"] for row in rows if (row["startTime"], row["fuelType"]) == key}) == 2


def test_out_of_order_rows_are_all_there(play, sound):
    rows = play("out-of-order").json()

    assert keys(rows) != keys(sound)
    assert sorted(keys(rows)) == sorted(keys(sound))


def test_unknown_column_missing_column_and_renamed_column_are_in_every_row(play, sound):
    members = set(sound[0])

    assert {frozenset(row) for row in play("unknown-column").json()} == {frozenset(members | {"confidence"})}
    assert {frozenset(row) for row in play("missing-column").json()} == {frozenset(members - {"generation"})}
    assert {frozenset(row) for row in play("renamed-column").json()} == {
        frozenset(members - {"generation"} | {"generationValue"})
    }


def test_mistyped_null_key_null_value_and_bad_value_are_in_one_row(play, sound):
    def struck(name):
        rows = play(name).json()
        [pair] = [(row, was) for row, was in zip(rows, sound, strict=True) if row != was]
        return {member: pair[0][member] for member in pair[1] if pair[0][member] != pair[1][member]}

    assert struck("mistyped") == {"generation": "twelve hundred"}
    assert struck("null-key") == {"startTime": None}
    assert struck("null-value") == {"generation": None}
    assert struck("bad-value") == {"generation": -99_999}


def test_text_numbers_are_text_everywhere(play):
    assert {type(row["generation"]) for row in play("text-numbers").json()} == {str}


def test_twice_named_members_are_in_one_row(play, sound):
    rows = json.loads(play("twice-named").text, object_pairs_hook=list)

    twice = [row for row in rows if len({name for name, _ in row}) < len(row)]
    assert len(twice) == 1
    assert len({value for name, value in twice[0] if name == "generation"}) == 2
    assert len(rows) == len(sound)


def test_a_fault_strikes_the_half_hour_it_is_told_to(play):
    rows = play("bad-value", fault_at="2026-05-20T00:10:00Z").json()

    [struck] = [row for row in rows if row["generation"] == -99_999]
    assert struck["startTime"] == "2026-05-20T00:10:00Z"


def test_there_is_a_kind_for_every_dataset_and_for_what_tells_of_them():
    assert len(Elexon.kinds) == 82 + 6
    assert {"fuelinst", "b1610", "uou2t3yw", *OTHERS, "openapi"} <= set(Elexon.kinds)


def test_a_fault_can_be_set_on_one_kind(play, shared_client):
    assert (
        play(
            "500", "datasets/PN/stream", fault_on="fuelinst", asked={"from": "2026-05-20", "to": "2026-05-20"}
        ).status_code
        == 200
    )
    assert shared_client.get(STREAM, **HOURS).status_code == 500
    for kind, path in OTHERS.items():
        assert play("500", path, fault_on=kind).status_code == 500
        assert play("500", STREAM, fault_on=kind).status_code == 200
    shared_client.change(fault="html", fault_on="openapi")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        shared_client.openapi()


def test_it_remembers_what_it_was_asked_by_dataset(simulate):
    client = simulate()
    client.get(STREAM, **HOURS)
    client.get(OTHERS["system_prices"])
    client.get("nowhere")

    assert [(each["action"], each["status"]) for each in client.asked()] == [
        ("fuelinst", 200),
        ("system_prices", 200),
        ("unknown", 404),
    ]
