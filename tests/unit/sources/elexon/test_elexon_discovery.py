"""What Elexon publishes beside the catalogue: each name is told as what it is, and what differs is drift."""

from datetime import UTC, datetime

import msgspec
import pytest

from include.ingestion.errors import DamagedAnswerError, SourceRefusedError, SourceUnavailableError
from include.sources.elexon.adopting import adopted
from include.sources.elexon.api import read_metadata, root
from include.sources.elexon.catalogue import Kept, committed
from include.sources.elexon.discovery import Found, Probe, drift_of, probe
from include.sources.elexon.openapi import described

NOW = datetime(2026, 5, 6, 8, 35, tzinfo=UTC)
FUELINST = committed()["FUELINST"]


def found(code="FUELINST", **told):
    entry = committed().get(code)
    sound = {"is_listed": True, "last_updated": "2026-05-06T08:30:00Z", "described": entry and entry.published}
    return Found(code, **{**sound, "entry": entry, **told})


class Client:
    """Answers a question with a body, or fails it."""

    def __init__(self, outcome):
        self.outcome, self.asked = outcome, []
        self.base_url, self.patience = "http://elexon.test/bmrs/api/v1", None

    def get(self, path, params, *, bucket, read):
        self.asked.append((path, params))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return read(self.outcome)


@pytest.fixture(autouse=True)
def _as_given(monkeypatch):
    """A client of a test has no patience to be taken away."""
    monkeypatch.setattr("include.sources.elexon.discovery.replace", lambda client, **_: client)


@pytest.mark.parametrize(
    ("outcome", "status", "rows", "reason"),
    [
        (b'[{"generation":1},{"generation":2}]', 200, 2, "2 rows in half an hour"),
        (b"[]", 200, 0, "no rows in the half-hour asked for"),
        (SourceRefusedError("answered 404", status=404), 404, None, "needs other parameters: answered 404"),
        (SourceRefusedError("answered 400", status=400), 400, None, "needs other parameters: answered 400"),
        (SourceUnavailableError("answered 500", status=500), 500, None, "failing: answered 500"),
        (SourceUnavailableError("no answer"), None, None, "failing: no answer"),
    ],
)
def test_a_probe_tells_apart_what_an_answer_can_be(outcome, status, rows, reason):
    probed = probe(Client(outcome), found(), now=NOW)
    assert (probed.status, probed.rows, probed.reason) == (status, rows, reason)
    assert probed.is_answer == (status == 200)


def test_a_probe_asks_for_the_half_hour_before_the_newest_row():
    client = Client(b"[]")
    probe(client, found(), now=NOW)
    [(path, asked)] = client.asked
    assert path == "datasets/FUELINST/stream"
    assert asked == {"publishDateTimeFrom": "2026-05-06T08:00:00Z", "publishDateTimeTo": "2026-05-06T08:30:00Z"}


def test_what_the_list_does_not_date_is_asked_for_a_day_ago():
    client = Client(b"[]")
    probe(client, found("TUDM", last_updated=None), now=NOW)
    assert client.asked[0][1]["settlementDateFrom"] == "2026-05-05"


@pytest.mark.parametrize(
    ("name", "told", "usability"),
    [
        ("LOLPDM", {}, (False, "no route: the name of LOLPDRM in the list")),
        ("OCNMFW", {}, (False, "no route")),
        ("NEW", {"described": FUELINST.published}, (False, "new: take it in with `gridloom elexon adopt`")),
        ("PN", {"probe": Probe(NOW, 200, 0, "no rows")}, (True, "no rows")),
        ("PN", {"probe": Probe(NOW, 500, None, "failing: answered 500")}, (False, "failing: answered 500")),
        ("PN", {}, (True, "not probed")),
    ],
)
def test_each_name_is_usable_or_not_for_a_reason(name, told, usability):
    assert found(name, **told).usability == usability


def changed(**fields):
    published = FUELINST.published
    kept = {name: kind for name, kind in {**published.fields, **fields}.items() if kind}
    return msgspec.structs.replace(published, fields=kept)


@pytest.mark.parametrize(
    ("now", "drift"),
    [
        (changed(), None),
        (changed(quality="text?"), "new field quality"),
        (changed(fuelType=None), "field fuelType vanished"),
        (changed(generation="float?"), "generation is float? and was bigint?"),
        (msgspec.structs.replace(FUELINST.published, stream=["from*"]), "other parameters"),
        (None, "vanished: no route any more"),
    ],
)
def test_what_differs_from_the_catalogue_is_drift(now, drift):
    assert drift_of(now, FUELINST.published) == drift


def test_a_title_that_is_worded_anew_is_none():
    assert drift_of(msgspec.structs.replace(FUELINST.published, title="Generation"), FUELINST.published) is None


def test_a_field_that_is_new_is_taken_in_behind_the_others_and_may_be_null():
    taken = adopted({"FUELINST": FUELINST}, {"FUELINST": changed(quality="text")})
    assert taken.told == ["FUELINST: new field quality"]
    fields = taken.catalogue["FUELINST"].published.fields
    assert list(fields) == [*FUELINST.published.fields, "quality"]
    assert fields["quality"] == "text?"
    assert taken.catalogue["FUELINST"].loaded == FUELINST.loaded


def test_a_field_that_vanished_keeps_its_column():
    taken = adopted({"PN": committed()["PN"]}, {"PN": _without(committed()["PN"].published, "levelTo")})
    assert taken.told == ["PN: field levelTo vanished"]
    assert taken.catalogue["PN"].published.fields["levelTo"] == "int?"


def test_a_column_does_not_change_its_type_by_itself():
    taken = adopted({"FUELINST": FUELINST}, {"FUELINST": changed(generation="float?")})
    assert taken.catalogue["FUELINST"].published.fields["generation"] == "bigint?"
    assert "columns keep their type" in taken.told[0]


def test_a_dataset_that_is_new_is_loaded_by_a_guess_and_one_that_vanished_stays():
    taken = adopted({"FUELINST": FUELINST}, {"FUELXX": FUELINST.published})
    assert taken.catalogue.keys() == {"FUELINST", "FUELXX"}
    assert taken.catalogue["FUELXX"].loaded.kept is Kept.WINDOWS
    assert [line.partition(":")[0] for line in taken.told] == ["FUELXX", "FUELINST"]


def test_what_is_published_as_it_is_committed_is_not_taken_in(documented):
    assert adopted(committed(), documented).told == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data":[]}', b'{"data":[{"lastUpdated":"2026"}]}'])
def test_a_list_that_is_none_is_damage(body):
    with pytest.raises(DamagedAnswerError):
        read_metadata(body)


@pytest.mark.parametrize("document", [{}, {"paths": {"/datasets/PN": {}}}, {"paths": []}])
def test_a_document_that_is_none_is_damage(document):
    with pytest.raises(DamagedAnswerError):
        described(document)


def test_the_recorded_list_reads_as_it_was_recorded(recorded):
    body = (recorded / "metadata" / "metadata_latest_excerpt_2025-10-26.json").read_bytes()
    assert read_metadata(body) == {
        "FUELINST": "2025-10-26T00:20:00Z",
        "FUELHH": "2025-10-26T00:00:00Z",
        "PN": "2025-10-25T23:45:00Z",
        "QPN": "2025-10-25T23:45:00Z",
    }


def test_the_document_lies_at_the_root_of_the_host():
    assert root("https://data.elexon.co.uk/bmrs/api/v1") == "https://data.elexon.co.uk"


def _without(published, name):
    return msgspec.structs.replace(published, fields={n: kind for n, kind in published.fields.items() if n != name})
