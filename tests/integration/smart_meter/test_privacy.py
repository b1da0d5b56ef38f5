"""These are people's homes: no id of theirs leaves raw, and what is deleted is gone for good."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from include.deployment import Deployment
from include.operations import versions
from include.sources import pipeline_of
from include.warehouse import Role, session
from tests.integration.smart_meter.conftest import meters_at, with_settings
from tests.integration.smart_meter.test_reading_files import OF_NEWEST, day

SCHEMAS = ("ops", "staging", "marts", "analytics", "reference")
RELATIONS = """
    select format('%%I.%%I', nspname, relname)
    from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
    where nspname = any(%s) and relkind in ('r', 'v', 'm', 'p')
    order by 1
"""
METER = "0432df65f7"


@pytest.fixture(scope="module")
def canaries(real_data: Path) -> list[str]:
    """Every id of a meter or an account in the recorded data, and those of files that are wrong."""
    with closing(sqlite3.connect(f"file:{real_data}/smart_meter/case_study.db?mode=ro", uri=True)) as reference:
        ids = reference.execute("select meterpoint_id from agreement union select account_id from agreement").fetchall()
    return [each for (each,) in ids] + ["ca11ab1e01", "ca11ab1e02", "ca11ab1e03"]


class Lines(logging.Handler):
    """All that our code logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture(scope="module")
def told(databases, template, settings, real_data, tmp_path_factory):
    """The recorded files and some that are wrong, loaded, published by force, and all that was said of it."""
    directory = tmp_path_factory.mktemp("told")
    with databases.copy(template.database) as warehouse:
        meters = meters_at(directory / "readings", directory / "reference.db", Deployment(settings, warehouse.dsn))
        meters.folder.mkdir()
        meters.deliver_recorded(real_data)
        meters.deliver("ca11ab1e01", [("2021-01-05 00:00:00", "ca11ab1e01"), ("2021-01-05 00:30:00", 90)])
        meters.put("ca11ab1e02.json", b'{"columns": ["meterpoint_id')
        meters.put("ca11ab1e03.json", (meters.folder / f"{METER}.json").read_bytes())
        # Its row is refused.
        meters.change_reference(
            f"insert into agreement values (900, 'ca11ab1e02', null, '0000000000', '{METER}', 'ca11ab1e03')"
        )
        lines, logger = Lines(), logging.getLogger("include")
        logger.addHandler(lines)
        logger.setLevel(logging.DEBUG)
        failure = meters.run(force_publish=True)
        logger.removeHandler(lines)
        yield meters, failure, lines.said


def test_no_id_stands_anywhere_but_in_raw(told, canaries):
    meters, failure, said = told
    places = {"failure": failure, "log": "\n".join(said)}
    for role in (Role.TRANSFORMER, Role.ANALYST, Role.SCREENS, Role.EXPLORER):
        places |= {f"{role} {name}": text for name, text in _all_that_is_read(meters, role).items()}
    found = {(place, canary) for place, text in places.items() for canary in canaries if canary in text}
    assert found == set()
    assert len(places) > 100, "it was looked into a good many of them"


def test_what_was_refused_is_there_for_the_loader_alone(told):
    meters, _, _ = told
    [(count,)] = meters.query("select count(*)::int from raw.rejected_personal_rows", role=Role.LOADER)
    assert count == 2, "an agreement and a reading"
    for role in (Role.TRANSFORMER, Role.ANALYST, Role.SCREENS, Role.EXPLORER):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            meters.query("select * from raw.rejected_personal_rows", role=role)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SCREENS, Role.EXPLORER])
@pytest.mark.parametrize("table", ["smart_meter_readings", "smart_meter_agreements", "pseudonyms"])
def test_only_the_pipeline_reads_raw(meters, role, table):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        meters.query(f"select * from raw.{table}", role=role)


def test_data_docs_of_a_failed_check_tell_no_id(told, canaries):
    meters, _, _ = told
    [(run_id,)] = meters.query("select max(run_id) from ops.pipeline_runs")
    index = pipeline_of("smart_meter_readings").release().build_data_docs(meters.place, run_id)
    pages = "\n".join(page.read_text() for page in index.parent.rglob("*.html"))
    assert "half_hourly_consumption" in pages
    assert [canary for canary in canaries if canary in pages] == []


def _all_that_is_read(meters, role) -> dict[str, str]:
    """Every row that a login may read outside of raw, as text."""
    texts = {}
    for (name,) in meters.query(RELATIONS, list(SCHEMAS)):
        try:
            texts[name] = str(meters.query(f"select whole::text from {name} as whole", role=role))
        except psycopg2.errors.InsufficientPrivilege:
            continue
    return texts


def rows(meters, statement, *values):
    return meters.query(statement, *values)[0][0]


def test_a_meter_is_forgotten_and_the_sums_of_many_stay(meters, real_data):
    meters.deliver_recorded(real_data)
    meters.run()
    number = rows(meters, "select number from raw.pseudonyms where identifier = %s", METER)
    pseudonym = rows(meters, "select pseudonym from raw.pseudonyms where identifier = %s", METER)
    with meters.place.session(Role.LOADER) as loader, loader, loader.cursor() as cursor:
        cursor.execute("select ops.forget('smart_meter_readings', %s, null)", (number,))
    assert rows(meters, "select count(*)::int from raw.smart_meter_readings where meter_number = %s", number) == 0
    for table in ("daily_meter_consumption", "daily_meter_consumption_versions", "consumption_without_agreement"):
        assert rows(meters, f"select count(*)::int from analytics.{table} where meter_pseudonym = %s", pseudonym) == 0
    assert float(rows(meters, "select sum(consumption_kwh) from analytics.half_hourly_consumption")) == 3944.051
    assert meters.query("select dataset, person, before, rows_deleted from ops.deletions") == [
        ("smart_meter_readings", number, None, 143)
    ]
    _deliver_anew(meters)
    assert rows(meters, "select count(*)::int from raw.smart_meter_readings where meter_number = %s", number) == 0


def _deliver_anew(meters) -> None:
    """The file comes once more, with a blank, so that it is another one; its rows are not taken again."""
    path = meters.folder / f"{METER}.json"
    path.write_bytes(path.read_bytes() + b" ")
    meters.load()
    assert meters.query(f"select new, rejected from ops.loads where {OF_NEWEST}") == [(0, 143)]


def test_days_that_are_forgotten_keep_their_sums_whatever_is_built_later(meters, real_data):
    meters.deliver_recorded(real_data)
    meters.run()
    before = _sums(meters)
    with meters.place.session(Role.LOADER) as loader, loader, loader.cursor() as cursor:
        cursor.execute("select ops.forget('smart_meter_readings', null, '2021-01-03 00:00+00')")
    assert rows(meters, "select min(period_started_at)::text from raw.smart_meter_readings") == "2021-01-03 00:00:00+00"
    assert rows(meters, "select min(consumption_date)::text from analytics.daily_meter_consumption") == "2021-01-03"
    assert _sums(meters) == before
    _build_all_anew(meters)
    assert _sums(meters) == before, "of days that raw has no more, what was published stays"
    meters.deliver("aaaaaaaaa1", day(1, on="2021-01-02"))
    meters.load()
    assert meters.query(f"select new, rejected from ops.loads where {OF_NEWEST}") == [(0, 1)]
    assert ("Was deleted, and is not taken again",) in meters.query("select reason from ops.rejected_rows")


def _build_all_anew(meters) -> None:
    """As after a change of the models."""
    with session(meters.place.address.__self__.owner_dsn, application="tests") as owner:
        with owner, owner.cursor() as cursor:
            cursor.execute("update ops.published_models set checksum = 'another'")
        versions.forget_published(owner, "smart_meter")
    assert meters.run() == ""


def _sums(meters) -> list[tuple[object, ...]]:
    return meters.query(
        """
        select
            (select sum(consumption_kwh) from analytics.half_hourly_consumption),
            (select sum(consumption_kwh) from analytics.daily_product_consumption),
            (select sum(consumption_kwh) from analytics.daily_region_consumption),
            (select count(*) from analytics.average_half_hourly_consumption)
        """
    )


def test_what_is_forgotten_is_named(meters):
    with (
        meters.place.session(Role.LOADER) as loader,
        loader.cursor() as cursor,
        pytest.raises(psycopg2.errors.InvalidParameterValue, match="say of whom, or until when"),
    ):
        cursor.execute("select ops.forget('smart_meter_readings', null, null)")


@pytest.mark.parametrize("role", [Role.TRANSFORMER, Role.ANALYST, Role.SCREENS, Role.EXPLORER])
def test_nobody_else_forgets(meters, role):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        meters.query("select ops.forget('smart_meter_readings', null, now())", role=role)


def test_another_threshold_counts_for_all_days(meters, real_data):
    meters.deliver_recorded(real_data)
    meters.run()
    shown = "select count(*)::int, count(*) filter (where is_suppressed)::int from analytics.daily_product_consumption"
    [(all_of_them, suppressed)] = meters.query(shown)
    assert 0 < suppressed < all_of_them == 45
    changed = with_settings(meters, smart_meter_smallest_group=1)
    assert changed.load(), "though nothing came"
    assert changed.run() == ""
    assert meters.query(shown) == [(45, 0)]
    assert not changed.load()
