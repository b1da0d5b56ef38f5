"""Whose readings they are stands in one table of raw; a key makes the pseudonyms, and another key makes others."""

import hashlib
import hmac

import pytest

from include.ingestion.errors import LastingError
from include.ingestion.pseudonyms import OtherKeyError, Pseudonyms, make_anew
from include.sources.smart_meter import persons
from include.warehouse import session
from tests.integration.smart_meter.conftest import KEY, with_settings
from tests.integration.smart_meter.test_reading_files import A, B, day, held


def pseudonyms(meters):
    return dict(meters.query("select identifier, pseudonym from raw.pseudonyms where subject = %s", persons.METERPOINT))


def test_a_pseudonym_is_a_keyed_hash():
    made = Pseudonyms(persons.METERPOINT, b"key").of("0432df65f7")
    assert made == hmac.new(b"key", b"0432df65f7", hashlib.sha256).hexdigest()[:32]
    assert "key" not in repr(Pseudonyms(persons.METERPOINT, b"key"))


def test_each_meter_has_one_and_it_stays(meters):
    meters.deliver(A, day(1))
    meters.load()
    first = pseudonyms(meters)
    meters.deliver(B, day(1))
    meters.load()
    assert first == {name: made for name, made in pseudonyms(meters).items() if name != B}
    assert first[A] == Pseudonyms(persons.METERPOINT, KEY.encode()).of(A)


def test_with_another_key_nothing_is_loaded(meters):
    meters.deliver(A, day(1))
    meters.load()
    meters.deliver(B, day(1))
    with pytest.raises(OtherKeyError, match="made with another key"):
        with_settings(meters, smart_meter_pseudonym_key="another").load()
    assert len(held(meters)) == 1
    assert issubclass(OtherKeyError, LastingError)


def test_a_key_is_changed_in_all_tables_at_once(meters, warehouse):
    meters.deliver(A, day(1))
    meters.load()
    before = pseudonyms(meters)
    [(scope,)] = meters.query("select scope from ops.loads where arrived_at is not null")
    assert before[A] in scope
    with session(warehouse.owner_dsn, application="tests") as owner:
        make_anew(owner, [Pseudonyms(subject, b"another") for subject in (persons.METERPOINT, persons.FILE)])
    after, changed = pseudonyms(meters), with_settings(meters, smart_meter_pseudonym_key="another")
    assert after[A] == Pseudonyms(persons.METERPOINT, b"another").of(A) != before[A]
    assert meters.query("select scope from ops.loads where arrived_at is not null") == [
        (f"file {Pseudonyms(persons.FILE, b'another').of(f'{A}.json')} of {after[A]}",)
    ]
    changed.load()
    assert meters.outcomes() == [], "files are known under their new names"
    with pytest.raises(OtherKeyError):
        meters.load()
