"""What was on which tariff, what was used when, and what belongs to nobody: from readings and agreements to answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.deployment import Deployment
from include.settings import Settings
from include.sources.smart_meter.persons import METERPOINT
from include.sources.smart_meter.tables import TABLES
from include.warehouse import Role, Warehouse
from tests.integration.smart_meter.conftest import Meters, meters_at, with_settings

SWITCHING, CORRECTED, UNKNOWN = "6e80fa8f56", "0432df65f7", "ffffffffff"
DAYS = ("2021-01-01", "2021-01-02", "2021-01-03")
# By which transactions the rows of each day were written, in all tables of days.
WRITTEN = " union all ".join(
    f"select '{table}', consumption_date::text, array_agg(distinct xmin::text) from analytics.{table} group by 1, 2"
    for table in TABLES
    if not table.endswith("_versions")
)
WRITTEN_AS_JSON = f"select json_agg(each) from ({WRITTEN}) as each (name, day, xmins)"
NOW_AND_AS_KNOWN_NOW = """
    select count(*) from (
        (table told except select {columns} from analytics.{known}('infinity'))
        union all (select {columns} from analytics.{known}('infinity') except table told)
    ) as differing
"""


def prepared(warehouse: Warehouse, settings: Settings, folder: Path, smallest_group: int | None = None) -> Meters:
    """The way into a warehouse, in which groups of fewer than five meters are kept back, or of fewer than so many."""
    (folder / "readings").mkdir(exist_ok=True)
    meters = meters_at(folder / "readings", folder / "reference.db", Deployment(settings, warehouse.dsn))
    return meters if smallest_group is None else with_settings(meters, smart_meter_smallest_group=smallest_group)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("meters")


@pytest.fixture(scope="module")
def published(copy_of: Any, template: Warehouse, settings: Settings, folder: Path, real_data: Path) -> Iterator[Any]:
    """The recorded readings and the recorded reference in analytics; groups of fewer than five meters are kept back."""
    with copy_of(template) as warehouse:
        meters = prepared(warehouse, settings, folder)
        meters.deliver_recorded(real_data)
        assert meters.run() == ""
        yield warehouse, meters


@pytest.fixture(scope="module")
def recorded(published: Any) -> Meters:
    meters: Meters = published[1]
    return meters


@contextmanager
def beginning_at(published: Any, copy_of: Any, settings: Settings, folder: Path, **how: Any) -> Iterator[Meters]:
    """A copy of what is published, with the same files and the same reference."""
    with copy_of(published[0]) as warehouse:
        yield prepared(warehouse, settings, folder, **how)


@pytest.fixture(scope="module")
def shown(published: Any, copy_of: Any, settings: Settings, folder: Path) -> Iterator[Meters]:
    """The same, where groups of any size are shown."""
    with beginning_at(published, copy_of, settings, folder, smallest_group=1) as meters:
        assert meters.run() == ""
        yield meters


@pytest.fixture(scope="module")
def corrected(published: Any, copy_of: Any, settings: Settings, folder: Path) -> Iterator[tuple[Meters, Any]]:
    """And then a correction of one reading, and a late file of a meter that nobody knows, both of one day."""
    with beginning_at(published, copy_of, settings, folder) as meters:
        before = meters.query(f"select clock_timestamp(), ({WRITTEN_AS_JSON})")[0]
        files = [
            meters.deliver(CORRECTED, [("2021-01-02 12:00:00", 9.5)], f"{CORRECTED}_correction.json"),
            meters.deliver(UNKNOWN, [(f"2021-01-02 {hour:02}:00:00", 0.25) for hour in range(24)]),
        ]
        assert meters.run() == ""
        yield meters, before
    for file in files:
        file.unlink()


def unchanged_days(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, set[str]]:
    """For each table, the days whose rows no transaction has touched since."""
    held = {(each["name"], each["day"]): each["xmins"] for each in before}
    same = [(each["name"], each["day"]) for each in after if held.get((each["name"], each["day"])) == each["xmins"]]
    return {table: {day for name, day in same if name == table} for table in {each["name"] for each in after}}


def pseudonym_of(meters: Meters, identifier: str) -> str:
    statement = "select pseudonym from raw.pseudonyms where subject = %s and identifier = %s"
    return str(meters.query(statement, METERPOINT, identifier)[0][0])


def as_analyst(meters: Meters, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return meters.query(statement, *values, role=Role.ANALYST)


def test_94_agreements_are_active_on_each_of_the_three_days(recorded):
    of_a_day = "select consumption_date::text, count(*) from analytics.active_agreements group by 1 order by 1"
    assert as_analyst(recorded, of_a_day) == [(day, 94) for day in DAYS]
    told = "select count(distinct product_name), count(*) filter (where is_variable) from analytics.active_agreements"
    assert as_analyst(recorded, f"{told} where consumption_date = '2021-01-01'") == [(16, 20)]


def test_the_function_says_the_same_of_any_day(recorded):
    columns = "agreement_id, meter_pseudonym, product_id, product_name, is_variable, region, valid_from, valid_to"
    for day in DAYS:
        statement = f"""
            with told as (select {columns} from analytics.active_agreements where consumption_date = '{day}'),
            found as (select {columns} from analytics.active_agreements_on('{day}'))
            select count(*) from ((table told except table found) union all (table found except table told)) as each
        """
        assert as_analyst(recorded, statement) == [(0,)]
    assert as_analyst(recorded, "select count(*) from analytics.active_agreements_on('2021-01-02', '2020-01-01')") == [
        (0,)
    ], "nothing was known then"


def test_a_meter_that_changes_over_is_counted_once_on_that_day(recorded):
    statement = """
        select consumption_date::text, agreement_id from analytics.active_agreements
        where meter_pseudonym = %s order by 1
    """
    found = as_analyst(recorded, statement, pseudonym_of(recorded, SWITCHING))
    assert found == [("2021-01-01", 5), ("2021-01-02", 4), ("2021-01-03", 4)]
    readings = "select readings, consumption_kwh from analytics.daily_meter_consumption"
    where = "where meter_pseudonym = %s and consumption_date = '2021-01-02'"
    found = as_analyst(recorded, f"{readings} {where}", pseudonym_of(recorded, SWITCHING))
    assert found == [(48, Decimal("11.597"))]


def test_an_agreement_of_no_length_is_never_active_and_one_without_an_end_always(recorded):
    zero = "select count(*) from analytics.agreement_versions where valid_from = valid_to"
    assert as_analyst(recorded, zero) == [(18,)]
    active = """
        select count(*) filter (where valid_to = valid_from), count(*) filter (where valid_to is null) > 0
        from analytics.active_agreements
    """
    assert as_analyst(recorded, active) == [(0, True)]
    on_its_day = "select count(*) from analytics.active_agreements_on('2021-02-02') where agreement_id = 205"
    assert as_analyst(recorded, on_its_day) == [(0,)]


def test_each_half_hour_has_all_meters(recorded):
    told = """
        select count(*), min(meters), max(meters), sum(consumption_kwh), min(period_started_at)::text
        from analytics.half_hourly_consumption
    """
    assert as_analyst(recorded, told) == [(143, 80, 80, Decimal("3944.051"), "2021-01-01 00:30:00+00")]
    days = "select sum(consumption_kwh) from analytics.half_hourly_consumption group by consumption_date order by 1"
    assert as_analyst(recorded, days) == [(Decimal(kwh),) for kwh in ("1263.189", "1316.713", "1364.149")]


def test_the_slot_that_all_meters_lack_is_told_as_before_all_readings(recorded):
    told = """
        select consumption_date::text, readings, expected_half_hours, missing_half_hours, not_begun_half_hours, count(*)
        from analytics.daily_meter_consumption group by 1, 2, 3, 4, 5 order by 1
    """
    assert as_analyst(recorded, told) == [
        ("2021-01-01", 47, 48, 0, 1, 80),
        ("2021-01-02", 48, 48, 0, 0, 80),
        ("2021-01-03", 48, 48, 0, 0, 80),
    ]
    assert recorded.query(
        "select name, observed_value from ops.quality_results where not success and stage = 'check_marts'"
    ) == [("no_half_hour_is_before_all_readings", 80)]


def test_products_of_one_name_are_one_and_each_by_itself(shown):
    told = "select count(*), sum(meters), sum(consumption_kwh) from analytics.{}"
    assert as_analyst(shown, told.format("daily_product_consumption")) == [(45, 225, Decimal("3734.857"))]
    assert as_analyst(shown, told.format("daily_consumption_by_product")) == [(79, 225, Decimal("3734.857"))]
    several = """
        select count(*) from analytics.daily_consumption_by_product
        where product_name = 'Octopus 12M Fixed' and consumption_date = '2021-01-01'
    """
    assert as_analyst(shown, several)[0][0] > 1


def test_what_has_no_agreement_is_reported(recorded):
    told = """
        select sum(readings), sum(consumption_kwh), count(distinct meter_pseudonym), bool_and(is_in_reference)
        from analytics.consumption_without_agreement
    """
    assert as_analyst(recorded, told) == [(715, Decimal("209.194"), 5, True)]


def test_regions_and_half_hours_of_products_add_up(shown):
    regions = "select count(*), sum(consumption_kwh), sum(meters) from analytics.daily_region_consumption"
    assert as_analyst(shown, regions) == [(39, Decimal("3944.051"), 240)]
    averages = """
        select
            sum(consumption_kwh), count(distinct period_started_at),
            bool_and(average_consumption_kwh = round(consumption_kwh / meters, 3))
        from analytics.average_half_hourly_consumption
    """
    assert as_analyst(shown, averages) == [(Decimal("3734.857"), 143, True)]


def test_as_known_now_is_what_is_published(recorded, shown):
    assert_as_published(recorded)
    assert_as_published(shown)


def assert_as_published(meters: Meters) -> None:
    for table, columns in {
        "half_hourly_consumption": "period_started_at, consumption_date, meters, consumption_kwh, known_at",
        "daily_product_consumption": "consumption_date, product_name, meters, consumption_kwh, is_suppressed",
    }.items():
        told = f"with told as (select {columns} from analytics.{table})"
        differing = NOW_AND_AS_KNOWN_NOW.format(columns=columns, known=f"{table}_as_known_at")
        assert as_analyst(meters, told + differing) == [(0,)], table


def test_no_id_of_a_person_is_outside_of_raw(recorded):
    columns = """
        select table_schema, table_name, column_name from information_schema.columns
        where table_schema in ('staging', 'marts', 'analytics')
        and column_name in ('identifier', 'account_id', 'meter_number', 'meterpoint_id', 'number')
    """
    assert recorded.query(columns) == []
    told = recorded.query(
        " union all ".join(
            f"select coalesce(json_agg(each)::text, '') from analytics.{table} as each" for table in TABLES
        )
    )
    identifiers = recorded.query("select identifier from raw.pseudonyms where subject = %s", METERPOINT)
    assert identifiers
    assert not [each for (each,) in identifiers for (text,) in told if each in text]


def test_a_late_file_and_a_correction_have_their_day_built_and_no_other(corrected):
    meters, (_, before) = corrected
    after = meters.query(WRITTEN_AS_JSON)[0][0]
    for table, days in unchanged_days(before, after).items():
        assert days == {"2021-01-01", "2021-01-03"}, table
    assert meters.query("select tables -> 'daily_meter_consumption' ->> 'rows_published' from ops.publications "
                        "order by build_id desc limit 1") == [("81",)]  # fmt: skip


def test_a_corrected_reading_takes_the_place_of_the_former(corrected):
    meters, (before, _) = corrected
    noon = "select meters, consumption_kwh from analytics.{} where period_started_at = '2021-01-02 12:00+00'"
    former = meters.query(
        """
        select reading.consumption_kwh from raw.smart_meter_readings as reading
        inner join raw.pseudonyms as meter on reading.meter_number = meter.number
        where meter.identifier = %s and reading.period_started_at = '2021-01-02 12:00+00' order by version_id limit 1
        """,
        CORRECTED,
    )[0][0]
    [(meters_before, kwh_before)] = as_analyst(meters, noon.format("half_hourly_consumption_as_known_at(%s)"), before)
    [(meters_now, kwh_now)] = as_analyst(meters, noon.format("half_hourly_consumption"))
    assert (meters_before, meters_now) == (80, 81)
    assert kwh_now == kwh_before - former + Decimal("9.5") + Decimal("0.25")
    versions = """
        select readings, revised_readings from analytics.daily_meter_consumption_versions
        where meter_pseudonym = %s and consumption_date = '2021-01-02' order by known_at
    """
    assert as_analyst(meters, versions, pseudonym_of(meters, CORRECTED)) == [(48, 0), (48, 1)]
    assert_as_published(meters)


def test_products_are_told_as_the_readings_were_known(corrected, recorded):
    meters, (before, _) = corrected
    products = "select * from analytics.{} order by 1, 2"
    assert as_analyst(meters, products.format("daily_product_consumption_as_known_at(%s)"), before) == as_analyst(
        recorded, products.format("daily_product_consumption")
    )


def test_a_meter_that_the_reference_does_not_know_is_reported(corrected):
    meters, _ = corrected
    told = """
        select consumption_date::text, readings, consumption_kwh, is_in_reference
        from analytics.consumption_without_agreement where meter_pseudonym = %s
    """
    assert as_analyst(meters, told, pseudonym_of(meters, UNKNOWN)) == [("2021-01-02", 24, Decimal("6.000"), False)]
    missing = "select missing_half_hours from analytics.daily_meter_consumption where meter_pseudonym = %s"
    assert as_analyst(meters, missing, pseudonym_of(meters, UNKNOWN)) == [(24,)]
    warned = """
        select name, observed_value from ops.quality_results
        where not success and build_id = (select max(build_id) from ops.quality_results) order by 1
    """
    assert meters.query(warned) == [("meters_are_known", 1), ("no_half_hour_is_missing", 1)]


@pytest.fixture(scope="module")
def changed(published: Any, copy_of: Any, settings: Settings, folder: Path) -> Iterator[tuple[Meters, Any]]:
    """And then an agreement that ends a day sooner, and a tariff of another name."""
    reference = (folder / "reference.db").read_bytes()
    with beginning_at(published, copy_of, settings, folder) as meters:
        before = meters.query(f"select clock_timestamp(), ({WRITTEN_AS_JSON})")[0]
        meters.change_reference("update agreement set agreement_valid_to = '2021-01-03' where agreement_id = 4")
        assert meters.run("smart_meter_reference") == ""
        yield meters, before
    (folder / "reference.db").write_bytes(reference)


def test_an_agreement_that_changed_has_its_days_built_and_no_other(changed):
    meters, (_, before) = changed
    after = meters.query(WRITTEN_AS_JSON)[0][0]
    for table, days in unchanged_days(before, after).items():
        assert days == {"2021-01-01", "2021-01-02"}, table
    count = "select count(*) from analytics.active_agreements where consumption_date = '2021-01-03'"
    assert as_analyst(meters, count) == [(93,)]


def test_agreements_are_told_as_they_were_known(changed):
    meters, (before, _) = changed
    active = "select count(*) from analytics.active_agreements_on('2021-01-03', %s) where agreement_id = 4"
    assert as_analyst(meters, active, before) == [(1,)]
    assert as_analyst(meters, active, "infinity") == [(0,)]
    states = "select valid_to::text, superseded_at is null from analytics.agreement_versions where agreement_id = 4"
    assert [now for _, now in as_analyst(meters, f"{states} order by known_at")] == [False, True]
    assert_as_published(meters)


@pytest.fixture(scope="module")
def further_days(published: Any, copy_of: Any, settings: Settings, folder: Path) -> Iterator[Meters]:
    """And then a day that somebody asked for, and the days on which the clocks change."""
    spring = [f"2021-03-28 {hour:02}:{minute}:00" for hour in range(24) if hour != 1 for minute in ("00", "30")]
    autumn = [f"2021-10-31 {hour:02}:{minute}:00" for hour in range(24) for minute in ("00", "30")]
    twice = [stamp for stamp in autumn if stamp.startswith("2021-10-31 01")]
    with beginning_at(published, copy_of, settings, folder) as meters:
        rows = [(stamp, 0.5) for stamp in (*spring, *autumn, *twice)]
        file = meters.deliver(CORRECTED, rows, f"{CORRECTED}_clocks.json")
        assert meters.run(reference_date="2020-06-01") == ""
        yield meters
    file.unlink()


def test_a_day_that_was_asked_for_has_its_agreements_without_a_reading(further_days):
    asked = """
        select count(*), count(*) filter (where consumption_date <@ daterange(valid_from, valid_to))
        from analytics.active_agreements where consumption_date = '2020-06-01'
    """
    [(rows, active)] = as_analyst(further_days, asked)
    [(found,)] = as_analyst(further_days, "select count(*) from analytics.active_agreements_on('2020-06-01')")
    assert rows == active == found > 0
    earlier = "select from analytics.half_hourly_consumption where consumption_date < '2021-01-01'"
    assert as_analyst(further_days, earlier) == []


def test_days_on_which_the_clocks_change_have_46_and_50_half_hours(further_days):
    told = """
        select consumption_date::text, readings, expected_half_hours, missing_half_hours, consumption_kwh
        from analytics.daily_meter_consumption where consumption_date > '2021-02-01' order by 1
    """
    assert as_analyst(further_days, told) == [
        ("2021-03-28", 46, 46, 0, Decimal("23.000")),
        ("2021-10-31", 50, 50, 0, Decimal("25.000")),
    ]
    half_hours = """
        select consumption_date::text, count(*) from analytics.half_hourly_consumption
        where consumption_date > '2021-02-01' group by 1 order by 1
    """
    assert as_analyst(further_days, half_hours) == [("2021-03-28", 46), ("2021-10-31", 50)]


@pytest.mark.parametrize(
    ("table", "name"), [("daily_product_consumption", "product_name"), ("daily_region_consumption", "region")]
)
def test_small_groups_keep_their_rows_and_nothing_else(recorded, shown, table, name):
    statement = f"select consumption_date, {name}, meters, consumption_kwh, is_suppressed from analytics.{table}"
    told = {row[:2]: row[2:] for row in as_analyst(recorded, statement)}
    all_of_it = {row[:2]: row[2:] for row in as_analyst(shown, statement)}
    assert told.keys() == all_of_it.keys()
    for key, (meters, kwh, is_suppressed) in told.items():
        assert (meters, kwh) == ((None, None) if is_suppressed else all_of_it[key][:2])
        assert is_suppressed or meters >= 5
    for day in {day for day, _ in told}:
        kept_back = [all_of_it[key][0] for key, row in told.items() if key[0] == day and row[2]]
        assert not kept_back or (len(kept_back) > 1 and sum(kept_back) >= 5)


def test_what_is_kept_back_of_a_day_is_kept_back_of_its_parts(recorded):
    parts = """
        select count(*) from analytics.{} as part
        inner join analytics.daily_product_consumption as day using (consumption_date, product_name)
        where day.is_suppressed and not part.is_suppressed
    """
    assert as_analyst(recorded, parts.format("average_half_hourly_consumption")) == [(0,)]
    assert as_analyst(recorded, parts.format("daily_consumption_by_product")) == [(0,)]
    shown = "select min(meters) >= 5 from analytics.{} where not is_suppressed"
    assert as_analyst(recorded, shown.format("average_half_hourly_consumption")) == [(True,)]
    assert as_analyst(recorded, shown.format("daily_consumption_by_product")) == [(True,)]
