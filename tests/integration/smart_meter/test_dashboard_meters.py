"""What the pages of Meters show of the recorded readings, to the watt-hour; and what they say without any."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from include.deployment import Deployment
from include.serving.dashboard.meters.consumption import queries as consumption
from include.serving.dashboard.meters.files import queries as files
from include.serving.dashboard.meters.half_hours import DAYS, HALF_HOURS, over_range
from include.serving.dashboard.meters.readings import queries as readings
from include.serving.dashboard.meters.tariffs import queries as tariffs
from include.serving.dashboard.meters.tariffs.queries import By
from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, Span, span_of_days
from include.settings import Settings
from include.settlement import LONDON
from include.warehouse import Role, Warehouse
from tests.integration.smart_meter.conftest import Meters, meters_at

FIRST, LAST = date(2021, 1, 1), date(2021, 1, 3)
SPAN = span_of_days(FIRST, LAST, LONDON)
DATES = [FIRST, date(2021, 1, 2), LAST]
ALL_KWH = [Decimal("1263.189"), Decimal("1316.713"), Decimal("1364.149")]
SHOWN = ["Octopus 12M Fixed", "Flexible Octopus", "Super Green Octopus", "Exclusive Octopus 12M Fixed"]
# Its file is empty, and is refused.
NOBODY = "0123456789"
# By how much one reading is corrected.
CORRECTED_KWH = 1


@pytest.fixture(scope="module")
def published(
    copy_of: Any, template: Warehouse, settings: Settings, tmp_path_factory: Any, real_data: Any
) -> Iterator[tuple[Warehouse, Meters]]:
    """The recorded readings, published; then a file that is refused."""
    with copy_of(template) as warehouse:
        place = tmp_path_factory.mktemp("meters")
        folder = place / "readings"
        folder.mkdir()
        meters = meters_at(folder, place / "reference.db", Deployment(settings, warehouse.dsn))
        meters.deliver_recorded(real_data)
        assert meters.run() == ""
        meters.put(f"{NOBODY}.json", b"")
        meters.load()
        yield warehouse, meters


@pytest.fixture
def reader(published: tuple[Warehouse, Meters]) -> Iterator[Reader]:
    with reading(published[0].dsn(Role.SCREENS)) as reader:
        yield reader


def published_at(reader: Reader) -> datetime:
    (at,) = reader.row("select max(published_at) from ops.publications")
    return datetime.fromisoformat(at.isoformat())


def test_what_is_published_reaches_from_the_first_reading_to_the_last(reader: Reader) -> None:
    held, days = extent(reader, HALF_HOURS), extent(reader, DAYS)
    assert held is not None
    assert days is not None
    assert (held.first_at, held.newest_at) == (
        datetime(2021, 1, 1, 0, 30, tzinfo=UTC),
        datetime(2021, 1, 3, 23, 30, tzinfo=UTC),
    )
    assert days.whole.days == (FIRST, LAST)


def test_the_half_hours_of_a_range_come_to_its_figures(reader: Reader) -> None:
    half_hours = over_range(reader, SPAN, Interval.HALF_HOUR)
    assert half_hours.num_rows == 143
    assert set(half_hours["meters"].to_pylist()) == {80}
    assert round(sum(half_hours["consumption_kwh"].to_pylist()), 3) == 3944.051
    totals = consumption.totals(reader, SPAN)
    assert (totals.half_hours, totals.meters, totals.readings) == (143, 80, 11_440)
    assert totals.consumption_kwh == Decimal("3944.051")
    assert (totals.unassigned_readings, totals.unassigned_kwh) == (715, Decimal("209.194"))
    assert totals.unassigned_pct == pytest.approx(5.304, abs=0.001)


def test_a_day_is_the_sum_of_its_half_hours(reader: Reader) -> None:
    days = over_range(reader, SPAN, Interval.DAY)
    assert days["consumption_kwh"].to_pylist() == pytest.approx(list(map(float, ALL_KWH)))
    assert days["periods"].to_pylist() == [47, 48, 48]
    assert days["when"].to_pylist() == ["Fri 1 Jan 2021", "Sat 2 Jan 2021", "Sun 3 Jan 2021"]
    [month] = over_range(reader, SPAN, Interval.MONTH).to_pylist()
    assert month["consumption_kwh"] == pytest.approx(3944.051)


def test_an_hour_of_which_a_half_is_missing_is_no_lower_for_it(reader: Reader) -> None:
    table = consumption.by_hour(reader, SPAN, Interval.DAY)
    assert table.num_rows == 72
    first, *_ = table.to_pylist()
    [half_hour, *_] = over_range(reader, SPAN, Interval.HALF_HOUR).to_pylist()
    assert (first["hour"], first["half_hours"], first["row"]) == (0, 1, "Fri 1 Jan")
    assert first["meter_consumption_kwh"] == pytest.approx(2 * half_hour["consumption_kwh"] / 80)
    whole = [row for row in table.to_pylist() if row["half_hours"] == 2]
    assert len(whole) == 71
    every_kwh = 80 * (sum(row["meter_consumption_kwh"] for row in whole) + first["meter_consumption_kwh"] / 2)
    assert every_kwh == pytest.approx(3944.051)


@pytest.mark.parametrize(
    ("days", "row"), [(1, Interval.DAY), (62, Interval.DAY), (63, Interval.MONTH), (4000, Interval.YEAR)]
)
def test_a_map_has_no_more_rows_than_can_be_told_apart(days: int, row: Interval) -> None:
    assert consumption.row_of(span_of_days(FIRST, FIRST + timedelta(days=days - 1), LONDON)) is row


def test_nothing_was_known_before_it_was_published_and_nothing_has_changed_since(reader: Reader) -> None:
    at = published_at(reader)
    now = over_range(reader, SPAN, Interval.DAY)
    then = over_range(reader, SPAN, Interval.DAY, at)
    assert then == now
    assert consumption.difference(now, then)["change_kwh"].to_pylist() == [0, 0, 0]
    before = over_range(reader, SPAN, Interval.DAY, at - timedelta(hours=1))
    assert before.num_rows == 0
    change = consumption.difference(now, before)["change_kwh"].to_pylist()
    assert change == pytest.approx(list(map(float, ALL_KWH)))


def test_94_agreements_hold_on_each_day(reader: Reader) -> None:
    for by in By:
        counts = tariffs.agreements(reader, DATES, by, 5)
        assert [tariffs.total(counts[day]) for day in DATES] == [94, 94, 94]
    for day in DATES:
        (held,) = reader.row("select count(*) from analytics.active_agreements_on(%(day)s)", {"day": day})
        assert held == 94


@pytest.mark.parametrize("day", [date(2017, 3, 1), FIRST, date(2021, 1, 2), date(2021, 2, 2), date(2022, 12, 1)])
def test_agreements_of_any_day_are_those_of_the_function(reader: Reader, day: date) -> None:
    """Of groups of one, so that none is kept back."""
    [counts] = tariffs.agreements(reader, [day], By.TARIFF, 1).values()
    rows = reader.rows(
        """
        select coalesce(product_name, product_id) as name, count(*)::integer as agreements
        from analytics.active_agreements_on(%(day)s) group by 1
        """,
        {"day": day},
    )
    assert counts == {row["name"]: row["agreements"] for row in rows}


def test_agreements_of_small_tariffs_are_counted_together(reader: Reader) -> None:
    counts = tariffs.agreements(reader, DATES, By.TARIFF, 5)
    assert counts[FIRST] == {
        "Octopus 12M Fixed": 39,
        "Flexible Octopus": 15,
        "Super Green Octopus": 13,
        "Exclusive Octopus 12M Fixed": 6,
        None: 21,
    }
    assert counts[LAST]["Octopus 12M Fixed"] == 38
    kinds = tariffs.agreements(reader, DATES, By.KIND, 5)
    assert kinds[FIRST] == {"Fixed": 74, "Variable": 20}


def test_a_group_is_not_told_by_what_the_others_leave(reader: Reader) -> None:
    """Of two kinds neither is told, where one is small; and of all, nothing is told where all are few."""
    assert tariffs.agreements(reader, [FIRST], By.KIND, 21)[FIRST] == {None: 94}
    counts = tariffs.agreements(reader, [FIRST], By.TARIFF, 95)[FIRST]
    assert counts == {None: None}
    assert tariffs.total(counts) is None


def test_nobody_had_an_agreement_before_the_reference_was_known(reader: Reader) -> None:
    before = published_at(reader) - timedelta(hours=1)
    assert tariffs.agreements(reader, DATES, By.TARIFF, 5, before) == {day: {} for day in DATES}
    assert tariffs.tariffs(reader, SPAN, before) == []


def test_tariffs_have_figures_unless_they_are_kept_back(reader: Reader) -> None:
    (product_days,) = reader.row("select count(*) from analytics.daily_product_consumption")
    found = tariffs.tariffs(reader, SPAN)
    assert sum(each.days for each in found) == product_days == 45
    assert [each.name for each in found if not each.is_kept_back] == SHOWN
    kept_back = [each for each in found if each.is_kept_back]
    assert len(kept_back) == 11
    assert {(each.meters, each.consumption_kwh, each.meter_day_kwh) for each in kept_back} == {(None, None, None)}
    fixed, flexible, *_ = found
    assert (fixed.meters, fixed.days_shown, fixed.is_variable, flexible.is_variable) == (31, 3, False, True)
    assert tariffs.tariffs(reader, SPAN, published_at(reader)) == found


def test_no_tariff_that_is_kept_back_is_drawn_as_zero(reader: Reader) -> None:
    names = [each.name for each in tariffs.tariffs(reader, SPAN)]
    daily = tariffs.daily(reader, SPAN, Interval.DAY, names)
    assert {row["name"] for row in daily} == set(SHOWN)
    assert len(daily) == 12
    first = next(row for row in daily if row["name"] == "Octopus 12M Fixed")
    assert first["day_kwh"] == pytest.approx(446.037)
    profile = tariffs.profile(reader, SPAN, names)
    assert {row["name"] for row in profile} == set(SHOWN)
    assert len(profile) == 4 * 48
    assert min(row["meter_consumption_kwh"] for row in profile) > 0


def test_regions_have_figures_unless_they_are_kept_back(reader: Reader) -> None:
    found = tariffs.regions(reader, SPAN)
    assert len(found) == 13
    assert [each.name for each in found if each.is_kept_back] == [
        *("East Midlands", "London", "South Scotland", "South Wales"),
    ]
    [north_western] = [each for each in found if each.name == "North Western"]
    assert (north_western.meters, north_western.days_shown) == (12, 3)
    assert north_western.consumption_kwh is not None
    assert north_western.meter_day_kwh == pytest.approx(float(north_western.consumption_kwh) / 36)


def test_points_of_months_are_counted_on_their_last_day_in_the_range() -> None:
    span = span_of_days(date(2020, 12, 30), date(2021, 2, 3), LONDON)
    months = tariffs.points(span, Interval.MONTH)
    assert [each.day for each in months] == [date(2020, 12, 31), date(2021, 1, 31), date(2021, 2, 3)]
    table = tariffs.over_points(months, Interval.MONTH, {months[1].bucket_at: {"figure": 1}}, ["figure"])
    assert table["bucket_until_at"].to_pylist() == [datetime(2021, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    assert table["stands_alone"].to_pylist() == [False, True, False]
    assert table["figure"].to_pylist() == [None, 1, None]


def test_readings_are_held_missing_or_of_before_the_first(reader: Reader) -> None:
    days = readings.held(reader, SPAN, Interval.DAY)
    assert days["readings"].to_pylist() == [80 * 47, 80 * 48, 80 * 48]
    assert days["not_begun"].to_pylist() == [80, 0, 0]
    assert days["missing"].to_pylist() == [0, 0, 0]
    assert sum(days["zero_readings"].to_pylist()) == 155
    assert readings.gaps(reader, SPAN) == ([], 0)


def test_meters_without_an_agreement_are_told(reader: Reader) -> None:
    found = readings.meters_without_agreement(reader, SPAN)
    assert found.total == len(found.rows) == 5
    assert {row["days"] for row in found.rows} == {3}
    assert all(row["is_in_reference"] for row in found.rows)
    assert sum(row["readings"] for row in found.rows) == 715
    assert sum(row["consumption_kwh"] for row in found.rows) == Decimal("209.194")
    one = readings.meters_without_agreement(reader, SPAN, limit=1)
    assert (len(one.rows), one.total) == (1, 5)
    days = readings.unassigned(reader, SPAN, Interval.DAY)
    assert sum(days["known_kwh"].to_pylist()) == pytest.approx(209.194)
    assert days["unknown_kwh"].to_pylist() == [None, None, None]
    assert days["meters"].to_pylist() == [5, 5, 5]


def test_files_are_counted_by_what_came_of_them(reader: Reader) -> None:
    held = files.extent(reader)
    assert held is not None
    table = files.outcomes(reader, held.whole, Interval.DAY)
    assert [sum(table[each].to_pylist()) for each in files.OUTCOMES] == [80, 0, 1, 0]
    assert sum(table["fetched"].to_pylist()) == 11_440
    found = files.troubled(reader, held.whole)
    [row] = found.rows
    assert (found.total, row["outcome"], row["cause"]) == (1, "refused", "RefusedFileError: it is empty")
    assert row["since"] is None
    assert NOBODY not in str(row)
    assert files.troubled(reader, Span(SPAN.started_at, SPAN.ended_at, LONDON)) == ([], 0)


class Explainer(Reader):
    """Answers every query with no rows, and keeps which tables it would have read whole."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.whole: set[str] = set()
        with connection.cursor() as cursor:
            cursor.execute("set enable_seqscan = off")

    def rows(self, statement: Any, values: Any = None) -> list[Any]:
        text = statement if isinstance(statement, str) else statement.as_string(self._connection)
        [plan] = super().rows(f"explain (format json) {text}", values)
        waiting = [plan["QUERY PLAN"][0]["Plan"]]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            if node["Node Type"] == "Seq Scan":
                self.whole.add(node["Relation Name"])
        return []

    def row(self, statement: Any, values: Any = None) -> tuple[Any, ...]:
        self.rows(statement, values)
        return (None, None)

    def table(self, statement: Any, values: Any = None) -> pa.Table:
        self.rows(statement, values)
        return pa.table({name: pa.array([]) for name in ("bucket_at", "periods", "is_provisional")})


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: over_range(reader, SPAN, Interval.HALF_HOUR),
        lambda reader: over_range(reader, SPAN, Interval.HALF_HOUR, datetime(2021, 1, 2, tzinfo=UTC)),
        lambda reader: tariffs.regions(reader, SPAN),
        lambda reader: tariffs.profile(reader, SPAN, SHOWN),
        lambda reader: readings.held(reader, SPAN, Interval.DAY),
        lambda reader: readings.gaps(reader, SPAN),
        lambda reader: readings.unassigned(reader, SPAN, Interval.DAY),
        files.extent,
        lambda reader: files.outcomes(reader, SPAN, Interval.DAY),
        lambda reader: files.troubled(reader, SPAN),
    ],
)
def test_a_few_days_are_read_by_an_index(reader: Reader, ask: Callable[[Reader], Any]) -> None:
    explainer = Explainer(reader._connection)
    ask(explainer)
    assert explainer.whole == set()


PAGES = ("consumption", "tariffs", "readings", "files")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Draws a page over a warehouse, for a reader who comes by an address."""

    def draw(warehouse: Warehouse, page: str, **address: str) -> AppTest:
        monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
        this_process.clear()
        app = AppTest.from_function(_page, args=(page,), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    yield draw
    this_process.clear()


def _page(page: str) -> None:
    from importlib import import_module  # noqa: PLC0415 - Streamlit runs the text of this function

    from include.serving.dashboard import frame  # noqa: PLC0415 - as above

    frame.open_page()
    import_module(f"include.serving.dashboard.meters.{page}.page").draw()


def texts(elements: Any) -> list[str]:
    return [element.value for element in elements]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_brings_the_first_readings_in(
    drawn: Callable[..., AppTest], warehouse: Warehouse, page: str
) -> None:
    [told] = texts(drawn(warehouse, page).info)
    assert told.startswith("**No readings yet.** Set `GRIDLOOM_SMART_METER_READINGS` ")
    assert "`gridloom run smart_meter_readings`" in told


def test_days_without_readings_are_told(drawn: Callable[..., AppTest], published: tuple[Warehouse, Meters]) -> None:
    far = {"range": "days", "from": "2099-01-01", "to": "2099-01-02"}
    for page in ("consumption", "tariffs"):
        assert "**There are no readings of these days.** Choose others." in texts(drawn(published[0], page, **far).info)
    captions = texts(drawn(published[0], "readings", **far).caption)
    assert "None: whatever was read in these days belongs to an agreement." in captions
    [told] = texts(drawn(published[0], "files", **far).info)
    assert told.startswith("**No file was read in these days.**")


def test_what_was_not_known_then_is_told(drawn: Callable[..., AppTest], published: tuple[Warehouse, Meters]) -> None:
    early = {"known_by": "2020-01-01T00:00:00Z"}
    [told] = texts(drawn(published[0], "consumption", **early).info)
    assert told.startswith("**Nothing of these days was known by 1 Jan 2020, 00:00 GMT.**")
    told, _ = texts(drawn(published[0], "tariffs", **early).info)
    assert told.startswith("**No agreement holds on these days, as known at 1 Jan 2020, 00:00 GMT.**")


def test_a_tariff_by_any_name_is_text(meters: Meters, warehouse: Warehouse, drawn: Callable[..., AppTest]) -> None:
    """And a file of a meter that the reference does not know is told, as are gaps and corrections."""
    name = "<img src=x onerror=alert(1)> ![](https://elsewhere.example/x) $x$"
    meters.change_reference(f"update product set display_name = '{name}'")
    stamps = [f"2021-06-01 {hour:02}:{minute}:00" for hour in range(24) for minute in ("00", "30")]
    meters.deliver("0000000000", [(stamp, 0.25) for stamp in stamps])
    meters.deliver("1111111111", [(stamp, 1) for stamp in stamps[:40]])
    assert meters.run() == ""
    meters.deliver("0000000000", [(stamp, 0.25) for stamp in stamps[:-1]] + [(stamps[-1], 1.25)])
    assert meters.run() == ""
    page = drawn(warehouse, "tariffs", known_by="2100-01-01T00:00:00Z")
    assert [metric.value for metric in page.metric] == ["fewer than 5", "1", "1"]
    assert "<img" not in "".join(texts(page.markdown))
    page = drawn(warehouse, "readings")
    assert [metric.value for metric in page.metric] == ["88", "8", "0"]
    assert any(
        "**1 meter** has readings of days without an agreement: **40 readings, 40.000 kWh**" in each
        for each in texts(page.markdown)
    )
    with reading(warehouse.dsn(Role.SCREENS)) as reader:
        day = span_of_days(date(2021, 6, 1), date(2021, 6, 1), LONDON)
        [without] = readings.meters_without_agreement(reader, day).rows
        assert not without["is_in_reference"]
        [gap] = readings.gaps(reader, day).rows
        assert (gap["missing_half_hours"], gap["meter_pseudonym"]) == (8, without["meter_pseudonym"])
        (first_at,) = reader.row("select min(published_at) from ops.publications")
        now, then = (over_range(reader, day, Interval.DAY, at) for at in (None, first_at))
        assert consumption.difference(now, then)["change_kwh"].to_pylist() == [pytest.approx(CORRECTED_KWH)]
    page = drawn(warehouse, "consumption", range="24h", known_by=first_at.isoformat())
    assert any(
        each == "Then 52.000 kWh of 88 readings were known. Since then it has changed by +1.000 kWh and +0 readings."
        for each in texts(page.caption)
    )
