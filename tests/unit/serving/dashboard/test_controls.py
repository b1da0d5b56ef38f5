"""The control bar, drawn by Streamlit as for a reader, and its view as the address has it."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.controls import USUAL, View, view_of
from include.serving.dashboard.span import Interval, Preset


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(Preset.ALL, None, Interval.YEAR),
        View(Preset.DAYS, (date(2026, 3, 29), date(2026, 3, 30)), Interval.HALF_HOUR),
    ],
)
def test_a_view_can_be_shared(view):
    assert view_of(view.parameters()) == view


def test_a_view_that_names_the_interval_it_is_drawn_by_is_the_same_to_charts():
    """A reader who comes back by the address finds the zoom as it was."""
    named = View(Preset.LAST_7_DAYS, None, Interval.HALF_HOUR)
    assert View(Preset.LAST_7_DAYS).key(Interval.HALF_HOUR) == named.key(Interval.HALF_HOUR)
    assert named.key(Interval.HALF_HOUR) != named.key(Interval.DAY)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"range": "forever"},
        {"range": "days"},
        {"range": "days", "from": "2026-05-02", "to": "2026-05-01"},
        {"range": "days", "from": "yesterday", "to": "today"},
        {"range": "days", "from": "2026-05-01", "to": "9999-12-31"},
        {"range": "days", "from": "0001-01-01", "to": "2026-05-01"},
        {"range": "7d", "interval": "7min"},
        {"range": "'; drop table"},
    ],
)
def test_an_address_that_cannot_be_read_is_the_usual_view(parameters):
    assert view_of(parameters) == View(USUAL)


def bar(step_min: int, zone: str, *, with_interval: bool) -> None:
    """A page that is nothing but the bar, over what was published from 2009 to the last of May 2026."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - Streamlit runs the body of this function as a script
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - likewise

    from include.serving.dashboard.controls import control_bar  # noqa: PLC0415 - likewise
    from include.serving.dashboard.span import Extent  # noqa: PLC0415 - likewise

    ends = datetime(2009, 1, 1, tzinfo=UTC), datetime(2026, 5, 31, 7, tzinfo=UTC)
    control_bar(Extent(*ends, timedelta(minutes=step_min), ZoneInfo(zone)), with_interval=with_interval)


def drawn(step_min: int = 30, zone: str = "Europe/London", *, with_interval: bool = True, **address: str) -> AppTest:
    """The bar of a reader who came by an address."""
    page = AppTest.from_function(bar, args=(step_min, zone), kwargs={"with_interval": with_interval})
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def address_of(page: AppTest) -> dict[str, str]:
    assert not page.exception
    return {name: "".join(values) for name, values in page.query_params.items()}


def choose(page: AppTest, key: str, value: Preset | Interval) -> AppTest:
    return page.segmented_control(key=key).set_value(value).run()


@pytest.mark.parametrize(
    ("address", "interval"),
    [({}, "30min"), ({"range": "30d"}, "1h"), ({"range": "all"}, "1mo"), ({"range": "7d", "interval": "1d"}, "1d")],
)
def test_the_address_names_the_interval_that_is_drawn(address, interval):
    page = drawn(**address)
    assert address_of(page) == {"range": address.get("range", "7d"), "interval": interval}


def test_another_range_is_drawn_by_its_own_interval():
    page = choose(drawn(range="7d", interval="1d"), "range", Preset.LAST_30_DAYS)
    assert address_of(page) == {"range": "30d", "interval": "1h"}
    assert address_of(choose(page, "interval", Interval.DAY)) == {"range": "30d", "interval": "1d"}


def test_days_begin_as_those_on_the_screen():
    page = choose(drawn(range="7d"), "range", Preset.DAYS)
    days = (date(2026, 5, 25), date(2026, 5, 31))
    assert page.date_input(key="days").value == days
    assert address_of(page) == {"range": "days", "from": "2026-05-25", "to": "2026-05-31", "interval": "30min"}
    page.date_input(key="days").set_value((date(2026, 5, 1), date(2026, 5, 2))).run()
    assert address_of(page) == {"range": "days", "from": "2026-05-01", "to": "2026-05-02", "interval": "30min"}


def test_a_day_picked_of_two_is_left_to_the_reader():
    page = drawn(range="days", **{"from": "2026-05-01", "to": "2026-05-02"})
    page.date_input(key="days").set_value((date(2026, 4, 5),)).run()
    assert page.date_input(key="days").value == (date(2026, 4, 5),)
    assert address_of(page)["from"] == "2026-05-01"


@pytest.mark.parametrize(
    ("picked", "shown"),
    [
        (("2026-05-30", "2100-12-31"), ("2026-05-30", "2026-05-31")),
        (("2026-06-10", "2026-06-12"), ("2026-06-10", "2026-06-12")),
        (("2001-01-01", "2001-01-02"), ("2001-01-01", "2001-01-02")),
    ],
)
def test_days_that_are_not_published_are_picked_the_right_way_round(picked, shown):
    page = drawn(range="days", **dict(zip(("from", "to"), picked, strict=True)))
    assert page.date_input(key="days").value == tuple(map(date.fromisoformat, shown))
    assert (address_of(page)["from"], address_of(page)["to"]) == picked


def test_what_has_no_interval_has_no_control_for_it_and_the_address_keeps_it():
    page = drawn(with_interval=False, range="30d", interval="1d")
    assert [control.key for control in page.segmented_control] == ["range"]
    assert not page.caption
    assert address_of(page) == {"range": "30d", "interval": "1d"}


def test_a_five_minute_series_is_picked_by_five_minutes_and_by_its_own_days():
    page = drawn(5, "Australia/Brisbane", range="24h")
    assert page.segmented_control(key="interval").options[0] == "5 min"
    assert address_of(page) == {"range": "24h", "interval": "5min"}
    page = choose(page, "range", Preset.DAYS)
    assert page.date_input(key="days").label == "Days in Brisbane, both whole"
    # 17:00 in Brisbane.
    assert page.date_input(key="days").value == (date(2026, 5, 30), date(2026, 5, 31))


def test_an_interval_finer_than_the_data_is_not_drawn_and_says_so():
    page = drawn(24 * 60, range="7d", interval="30min")
    assert page.segmented_control(key="interval").options == ["1 day", "1 month", "1 year"]
    assert [caption.value for caption in page.caption] == ["30 min is finer than this data; drawn by 1 day."]
    assert address_of(page)["interval"] == "30min"
