"""What the pages of Carbon show, against the formula that made the published rows; and what they say without any."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from math import cos, pi
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.carbon import intensity
from include.serving.dashboard.carbon.forecasts import queries as forecasts
from include.serving.dashboard.carbon.intensity import INTENSITY
from include.serving.dashboard.carbon.now import queries as now
from include.serving.dashboard.carbon.now.best import best_of
from include.serving.dashboard.carbon.reconciliation import queries as reconciliation
from include.serving.dashboard.carbon.reconciliation.queries import NESO, OURS, RECONCILIATION
from include.serving.dashboard.carbon.regions import queries as regional
from include.serving.dashboard.carbon.regions.queries import REGIONAL
from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, Span, span_of_days
from include.settlement import HALF_HOUR, LONDON
from include.warehouse import Role, Warehouse, session
from tests import carbon_published
from tests.explained import BY_INDEX, scans_of

# In summer, when a day of London begins at 23:00 UTC.
NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
NEWEST_AT = NOW - timedelta(hours=1)
HOUR = timedelta(hours=1)


def truth(at: datetime) -> float:
    """What comes, as the formula of the rows has it."""
    daily = 60 * cos(2 * pi * (at.hour + at.minute / 60 - 3) / 24)
    return float(round(120 - daily - 2 * int((NOW - at) / timedelta(days=1))))


def publish(warehouse: Warehouse, at: datetime, *, is_reconciled: bool = True) -> None:
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        carbon_published.publish(cursor, at, is_reconciled=is_reconciled)


@pytest.fixture(scope="module")
def published(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """Nine days, and the 48 hours after them."""
    with copy_of(template) as warehouse:
        publish(warehouse, NOW)
        yield warehouse


@pytest.fixture
def reader(published: Warehouse) -> Iterator[Reader]:
    with reading(published.dsn(Role.SCREENS)) as reader:
        yield reader


def test_what_was_measured_is_the_newest_and_what_is_foreseen_reaches_two_days_further(reader: Reader) -> None:
    held = extent(reader, INTENSITY)
    assert held is not None
    assert (held.first_at, held.newest_at) == (NOW - timedelta(days=9), NEWEST_AT)
    assert intensity.foreseen_until(reader) == NOW + timedelta(hours=48)


def test_the_newest_half_hour_and_those_before_it_are_those_of_the_warehouse(reader: Reader) -> None:
    day_ago = NEWEST_AT - timedelta(days=1)
    found = intensity.at(reader, NEWEST_AT, day_ago, NEWEST_AT - timedelta(days=99))
    assert found.keys() == {NEWEST_AT, day_ago}
    assert found[NEWEST_AT].actual_g_per_kwh == truth(NEWEST_AT)
    [last] = reader.rows(
        """
        select known_at, forecast_g_per_kwh from analytics.carbon_intensity_vintages
        where period_started_at = %(at)s and lead_hours >= 0 order by known_at desc limit 1
        """,
        {"at": NEWEST_AT},
    )
    assert last["known_at"] <= NEWEST_AT
    assert found[NEWEST_AT].forecast_g_per_kwh == last["forecast_g_per_kwh"]


def test_the_mean_of_a_day_is_that_of_its_half_hours_in_london(reader: Reader) -> None:
    day = span_of_days(date(2026, 6, 8), date(2026, 6, 8), LONDON)
    [row] = intensity.over_range(reader, day, Interval.DAY).to_pylist()
    half_hours = [day.started_at + number * HALF_HOUR for number in range(48)]
    assert row["actual_g_per_kwh"] == pytest.approx(sum(map(truth, half_hours)) / 48)
    assert (row["periods"], row["when"]) == (48, "Mon 8 Jun 2026")


def test_what_is_not_measured_yet_has_a_forecast_and_no_actual(reader: Reader) -> None:
    rows = intensity.over_range(reader, Span(NEWEST_AT, NOW + HOUR, LONDON), Interval.HALF_HOUR).to_pylist()
    assert [row["actual_g_per_kwh"] is not None for row in rows] == [True, False, False, False]
    assert all(row["forecast_g_per_kwh"] is not None for row in rows)


def test_shares_make_a_hundred_with_what_is_left(reader: Reader) -> None:
    span = span_of_days(date(2026, 6, 8), date(2026, 6, 9), LONDON)
    for row in now.supply_mix(reader, span, Interval.HOUR).to_pylist():
        shares = [row[f"{fuel}_pct"] for fuel in carbon_published.FUELS]
        assert sum(shares) + row["remainder_pct"] == pytest.approx(100)


def test_tomorrow_is_foreseen_and_the_day_after_the_next_in_part(reader: Reader) -> None:
    tomorrow = now.foreseen(reader, date(2026, 6, 11))
    assert [each.period_started_at for each in tomorrow] == [
        datetime(2026, 6, 10, 23, tzinfo=UTC) + number * HALF_HOUR for number in range(48)
    ]
    best = best_of(tomorrow)
    assert best is not None
    runs = [[each.forecast_g_per_kwh for each in tomorrow[begin : begin + 6]] for begin in range(43)]
    assert best.mean_g_per_kwh == pytest.approx(min(map(sum, runs)) / 6)
    assert len(now.foreseen(reader, date(2026, 6, 12))) == 22
    assert now.foreseen(reader, date(2026, 6, 13)) == []


def test_an_issue_is_what_was_last_said_by_then(reader: Reader) -> None:
    span = Span(NOW - timedelta(hours=47), NOW + HOUR, LONDON)
    rows = forecasts.fan(reader, span).to_pylist()
    every_third_hour = {datetime(2026, 6, 8, 9, tzinfo=UTC) + number * 3 * HOUR for number in range(17)}
    # What is known last is an issue too.
    assert {row["issued_at"] for row in rows} == {*every_third_hour, NOW}
    for row in rows:
        assert row["issued_at"] <= row["bucket_at"] < row["issued_at"] + timedelta(hours=48)
    for issued_at in {row["issued_at"] for row in rows}:
        known = reader.rows(
            "select period_started_at, forecast_g_per_kwh from analytics.carbon_intensity_as_known_at(%(at)s)",
            {"at": issued_at},
        )
        said = {row["period_started_at"]: row["forecast_g_per_kwh"] for row in known}
        issue = [row for row in rows if row["issued_at"] == issued_at]
        assert all(row["forecast_g_per_kwh"] == said[row["bucket_at"]] for row in issue)


def test_the_error_at_a_lead_is_that_of_what_stood_so_many_hours_before(reader: Reader) -> None:
    span = span_of_days(date(2026, 6, 6), date(2026, 6, 7), LONDON)
    errors = {row["lead_hours"]: row for row in forecasts.error_by_lead(reader, span).to_pylist()}
    assert sorted(errors) == list(range(49))
    half_hours = [span.started_at + number * HALF_HOUR for number in range(96)]
    for lead in (0, 7, 24, 48):
        wrong = []
        for at in half_hours:
            known_by = at - lead * HOUR
            said = reader.rows(
                """
                select forecast_g_per_kwh from analytics.carbon_intensity_vintages
                where period_started_at = %(at)s and known_at <= %(known_by)s order by known_at desc limit 1
                """,
                {"at": at, "known_by": known_by},
            )
            wrong += [each["forecast_g_per_kwh"] - truth(at) for each in said]
        assert errors[lead]["half_hours"] == len(wrong)
        assert errors[lead]["mean_absolute_error_g_per_kwh"] == pytest.approx(sum(map(abs, wrong)) / len(wrong))
        assert errors[lead]["mean_error_g_per_kwh"] == pytest.approx(sum(wrong) / len(wrong))


def test_what_has_not_been_measured_is_not_judged(reader: Reader) -> None:
    assert forecasts.error_by_lead(reader, Span(NOW, NOW + timedelta(days=2), LONDON)).num_rows == 0


def test_a_forecast_as_it_was_known_stands_against_what_came(reader: Reader) -> None:
    known_by = NOW - timedelta(days=1, minutes=-7)
    then = forecasts.known_then(reader, known_by)
    rows = {row["bucket_at"]: row for row in then.to_pylist()}
    assert min(rows) == known_by.replace(minute=0)
    known = reader.rows(
        "select * from analytics.carbon_intensity_as_known_at(%(at)s) where period_started_at = any(%(half_hours)s)",
        {"at": known_by, "half_hours": list(rows)},
    )
    assert {row["period_started_at"]: row["forecast_g_per_kwh"] for row in known} == {
        at: row["forecast_g_per_kwh"] for at, row in rows.items()
    }
    assert all(row["known_at"] <= known_by for row in known)
    measured = {at: row["actual_g_per_kwh"] for at, row in rows.items() if row["actual_g_per_kwh"] is not None}
    assert measured == {at: truth(at) for at in rows if at <= NEWEST_AT}
    came = forecasts.came_of(then)
    assert came is not None
    wrong = [rows[at]["forecast_g_per_kwh"] - actual for at, actual in measured.items()]
    assert (came.half_hours, came.mean_error_g_per_kwh) == (len(wrong), pytest.approx(sum(wrong) / len(wrong)))


def test_before_anything_was_known_nothing_was_foreseen(reader: Reader) -> None:
    then = forecasts.known_then(reader, NOW - timedelta(days=99))
    assert then.num_rows == 0
    assert forecasts.came_of(then) is None


def test_every_region_is_shown_now_and_up_to_two_days_ahead(reader: Reader) -> None:
    held = extent(reader, REGIONAL)
    assert held is not None
    assert regional.newest_or_now(held, NOW + timedelta(minutes=29)) == NOW
    for at in (NOW, NOW + timedelta(hours=15)):
        found = regional.regions(reader, at)
        assert [each.region for each in found] == list(carbon_published.REGIONS)
        assert [each.region_id for each in found] == list(range(1, 19))
    assert regional.regions(reader, NOW + timedelta(days=9)) == []


def test_a_region_is_shown_as_it_was_known(reader: Reader) -> None:
    at = NOW - timedelta(hours=5)
    [before, after] = (regional.regions(reader, at, at - timedelta(hours=hours)) for hours in (20, 10))
    differences = {
        late.forecast_g_per_kwh - early.forecast_g_per_kwh
        for early, late in zip(before, after, strict=True)
        if early.forecast_g_per_kwh and late.forecast_g_per_kwh
    }
    assert differences == {10}
    assert after == regional.regions(reader, at)
    assert regional.regions(reader, at, at - timedelta(hours=50)) == []


def test_differences_are_summed_up_over_the_half_hours_of_a_range(reader: Reader) -> None:
    span = span_of_days(date(2026, 6, 8), date(2026, 6, 8), LONDON)
    summary = reconciliation.summary(reader, span, NESO)
    assert (summary.half_hours, summary.equal, summary.largest) == (48, 24, 3)
    assert summary.mean_absolute == summary.mean_signed == pytest.approx(3 * 24 / 48)
    assert sum(part for part in summary.mean_parts if part is not None) == pytest.approx(summary.mean_signed)
    ours = reconciliation.summary(reader, span, OURS)
    assert (ours.equal, ours.largest, ours.largest_at) == (0, 5.5, span.started_at + 2 * HALF_HOUR)
    nothing = reconciliation.summary(reader, Span(NOW, NOW + HOUR, LONDON), NESO)
    assert (nothing.half_hours, nothing.mean_signed, nothing.largest_at) == (0, None, None)


def test_parts_make_their_difference_in_every_interval(reader: Reader) -> None:
    held = extent(reader, RECONCILIATION)
    assert held is not None
    for interval in (Interval.HALF_HOUR, Interval.DAY):
        for row in reconciliation.over_range(reader, held.whole, interval).to_pylist():
            for comparison in (NESO, OURS):
                whole, *parts = (row[column] for column in comparison.columns)
                assert sum(parts) == pytest.approx(whole)


DAY = Span(NOW - timedelta(days=1), NOW, LONDON)
VINTAGES, REGIONAL_VINTAGES = "carbon_intensity_vintages", "regional_carbon_intensity_vintages"


@pytest.mark.parametrize(
    ("table", "ask"),
    [
        (VINTAGES, lambda reader: forecasts.fan(reader, DAY)),
        (VINTAGES, lambda reader: forecasts.error_by_lead(reader, DAY)),
        (VINTAGES, lambda reader: forecasts.known_then(reader, NOW)),
        (REGIONAL_VINTAGES, lambda reader: regional.regions(reader, NOW, NOW)),
        (REGIONAL.table, lambda reader: regional.regions(reader, NOW)),
        (INTENSITY.table, lambda reader: intensity.over_range(reader, DAY, Interval.HALF_HOUR)),
        (RECONCILIATION.table, lambda reader: reconciliation.summary(reader, DAY, NESO)),
    ],
)
def test_a_day_is_read_by_an_index(reader: Reader, table: str, ask: Callable[[Reader], Any]) -> None:
    columns = ("bucket_at", "periods", "is_provisional", "forecast_g_per_kwh", "actual_g_per_kwh")
    assert scans_of(reader, ask, table, columns) <= BY_INDEX


PAGES = ("now", "forecasts", "regions", "reconciliation")


@pytest.fixture
def drawn(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Draws a page over a warehouse of the test's own, for a reader who comes by an address."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    this_process.clear()

    def draw(page: str, **address: str) -> AppTest:
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
    import_module(f"include.serving.dashboard.carbon.{page}.page").draw()


def texts(elements: Any) -> list[str]:
    return [element.value for element in elements]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_nothing_is_published(drawn: Callable[..., AppTest], page: str) -> None:
    [told] = texts(drawn(page).info)
    assert told.startswith("**Nothing has been ")
    assert told.endswith("It appears here by itself.")


def test_what_is_not_reconciled_yet_is_told_while_all_else_is_drawn(
    drawn: Callable[..., AppTest], warehouse: Warehouse
) -> None:
    publish(warehouse, NOW, is_reconciled=False)
    [told] = texts(drawn("reconciliation").info)
    assert told.startswith("**Nothing has been reconciled yet.**")
    assert [metric.label for metric in drawn("now").metric] == ["Carbon intensity", "Index", "Forecast of it"]


def test_a_day_that_nobody_foresees_is_told_in_words(drawn: Callable[..., AppTest], warehouse: Warehouse) -> None:
    """The rows ended long before today."""
    publish(warehouse, NOW)
    told = texts(drawn("now").info)
    assert len(told) == 1
    assert told[0].startswith("Tomorrow, ")
    assert told[0].endswith(", is not foreseen yet.")


def test_the_address_of_the_regions_names_a_half_hour_and_an_instant(
    drawn: Callable[..., AppTest], warehouse: Warehouse
) -> None:
    publish(warehouse, NOW)
    address = {"day": "2026-06-10", "period": "20", "known_by": "2026-06-09T12:00:00Z"}
    page = drawn("regions", **address)
    assert any(
        "period 20 (08:30 UTC)**, as known at **9 Jun 2026, 13:00 BST**" in each for each in texts(page.markdown)
    )
    page.date_input(key="regions-half-hour-day").set_value(date(2026, 6, 11)).run()
    assert "".join(page.query_params["day"]) == "2026-06-11"
    page.button(key="regions-now").click().run()
    assert not page.exception
    assert "day" not in page.query_params
    assert "".join(page.query_params["known_by"]) == "2026-06-09T12:00:00Z"


def test_what_was_not_known_then_is_told(drawn: Callable[..., AppTest], warehouse: Warehouse) -> None:
    publish(warehouse, NOW)
    [told] = texts(drawn("regions", day="2026-06-10", period="20", known_by="2020-01-01T00:00:00Z").info)
    assert told.startswith("**Nothing of Wed 10 Jun 2026, period 20 (08:30 UTC) was known by 1 Jan 2020, 00:00 GMT.**")
    [told] = texts(drawn("forecasts", known_by="2020-01-01T00:00:00Z").info)
    assert told.startswith("**Nothing of the 48 hours after 1 Jan 2020, 00:00 GMT was known by then.**")


def test_days_of_which_nothing_is_published_are_told(drawn: Callable[..., AppTest], warehouse: Warehouse) -> None:
    publish(warehouse, NOW)
    far = {"range": "days", "from": "2099-01-01", "to": "2099-01-02"}
    assert any("Nothing is published for these days" in each for each in texts(drawn("now", **far).info))
    assert texts(drawn("reconciliation", **far).info) == [
        "**Nothing of these days has been reconciled.** Choose others."
    ]
