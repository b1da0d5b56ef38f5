"""Windows, parameters and refusals, as the API has them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from include.simulator.elexon.catalogue import catalogue

TRACE = re.compile(r',"traceId":"00-[0-9a-f]{32}-[0-9a-f]{16}-00"')
MAY_20 = {"publishDateTimeFrom": "2026-05-20T00:00Z", "publishDateTimeTo": "2026-05-20T03:00Z"}


def times(rows, member):
    return sorted({row[member] for row in rows})


def written(instants):
    return {name: at.strftime("%Y-%m-%dT%H:%MZ") for name, at in instants.items()}


def test_windows_are_closed_at_both_ends(shared_client):
    snapshots = times(shared_client.rows("FUELINST", **MAY_20, fuelType="NUCLEAR"), "startTime")
    demand = shared_client.rows("INDO", **MAY_20)

    assert (len(snapshots), len(demand)) == (37, 7)
    assert (demand[-1]["publishTime"], demand[0]["publishTime"]) == ("2026-05-20T00:00:00Z", "2026-05-20T03:00:00Z")


def test_two_windows_that_meet_share_the_edge(shared_client):
    first = shared_client.published("INDOD", "2026-05-01", "2026-05-10T23:15Z")
    second = shared_client.published("INDOD", "2026-05-10T23:15Z", "2026-05-20")

    assert first[0] == second[-1]


def test_three_hours_hold_as_many_rows_as_recorded(shared_client):
    for code in ("IMBALNGC", "TSDF"):
        assert len(shared_client.rows(code, **MAY_20)) == 5_670
    assert len(shared_client.rows("SOSO", publishDateTimeFrom="2026-05-20", publishDateTimeTo="2026-05-21")) == 2_304


def test_a_date_alone_is_its_midnight(shared_client):
    dates = shared_client.published("FUELHH", "2026-05-20", "2026-05-21")
    instants = shared_client.published("FUELHH", "2026-05-20T00:00:00Z", "2026-05-21T00:00:00+00:00")

    assert dates == instants
    assert times(dates, "publishTime")[-1] == "2026-05-21T00:00:00Z"


def test_an_offset_is_taken_into_account(shared_client):
    summer = {"publishDateTimeFrom": "2026-05-20T01:00+01:00", "publishDateTimeTo": "2026-05-20T04:00+01:00"}

    assert shared_client.rows("INDO", **summer) == shared_client.rows("INDO", **MAY_20)


def test_parameters_of_another_name_are_ignored_and_the_latest_comes(shared_client):
    latest = shared_client.rows("FREQ")

    assert shared_client.rows("FREQ", **MAY_20) == latest
    assert (len(latest), latest[0]["measurementTime"]) == (5_761, "2026-05-31T12:00:00Z")
    asked = {"measurementDateTimeFrom": "2026-05-20T00:00Z", "measurementDateTimeTo": "2026-05-20T03:00Z"}
    assert len(shared_client.rows("FREQ", **asked)) == 721
    assert shared_client.rows(
        "FUELINST", **{"from": "2026-05-20", "to": "2026-05-21", "page": 2}
    ) == shared_client.rows("FUELINST")


def test_without_a_window_the_latest_publication_comes(shared_client):
    assert times(shared_client.rows("FUELINST"), "publishTime") == ["2026-05-31T12:00:00Z"]
    assert len(shared_client.rows("INDO")) == 1
    assert times(shared_client.rows("WINDFOR"), "publishTime") == ["2026-05-31T10:30:00Z"]
    assert len(shared_client.rows("TEMP")) == 31
    assert times(shared_client.rows("SEL"), "time")[0] > "2026-05-30T12:00:00Z"


def test_a_parameter_that_is_missing_is_not_found(shared_client):
    needy = [code for code, dataset in catalogue().items() if any(each.is_required for each in dataset.plain)]

    assert len(needy) == 50
    for code in needy:
        assert shared_client.get(f"datasets/{code}").status_code == 404, code
        assert shared_client.get(f"datasets/{code}/stream").status_code == 404, code


def test_25_datasets_are_not_found_when_asked_as_most_others_are(shared_client):
    """The one probe of October 2025 sent from and to to every stream on the list."""
    asked = {"from": "2026-05-20T00:00Z", "to": "2026-05-20T01:00Z"}
    on_the_list = set(catalogue()) - {"B1610", "LOLPDRM", "CDN", "DCI", "REMIT", "SYSWARN"}
    streams = [code for code in on_the_list if catalogue()[code].stream is not None]
    found = [code for code in streams if shared_client.get(f"datasets/{code}/stream", **asked).status_code == 404]

    assert len(found) == 25


def test_with_settlement_periods_the_time_of_the_bounds_is_dropped(shared_client):
    asked = {"settlementPeriodFrom": 3, "settlementPeriodTo": 4}
    late = shared_client.within("BOD", "2026-05-20T23:00Z", "2026-05-20T00:00Z", **asked)

    assert late == shared_client.within("BOD", "2026-05-20", "2026-05-20", **asked)
    assert {(row["settlementDate"], row["settlementPeriod"]) for row in late} == {("2026-05-20", 3), ("2026-05-20", 4)}


def test_one_bound_may_be_a_period_and_the_other_a_time(shared_client):
    rows = shared_client.within("MID", "2026-05-20", "2026-05-20T02:00Z", settlementPeriodFrom=3)

    assert times(rows, "startTime")[0] == "2026-05-20T00:00:00Z"
    assert times(rows, "startTime")[-1] == "2026-05-20T02:00:00Z"


def test_a_day_of_bids_holds_the_first_period_after_it(shared_client):
    rows = shared_client.within("BOD", "2026-05-20", "2026-05-21")

    assert times(rows, "timeFrom")[-1] == "2026-05-21T00:00:00Z"
    assert len(times(rows, "timeFrom")) == 49


def test_a_time_resolves_to_the_period_that_holds_it(shared_client):
    rows = shared_client.within("PN", "2026-05-20T10:10Z", "2026-05-20T10:40Z")

    assert sorted({row["settlementPeriod"] for row in rows}) == [23, 24]


def test_filters_take_one_value_or_several(shared_client):
    def asked(code, **parameters):
        return shared_client.stream(code, settlementDateFrom="2026-05-20", settlementDateTo="2026-05-20", **parameters)

    assert {row["fuelType"] for row in asked("FUELHH", fuelType=["WIND", "INTFR"])} == {"WIND", "INTFR"}
    assert {row["settlementPeriod"] for row in asked("FUELHH", settlementPeriod=[1, 48])} == {1, 48}
    assert {row["boundary"] for row in shared_client.rows("TSDF", boundary="B7")} == {"B7"}
    units = {"settlementDate": "2026-05-20", "settlementPeriod": 9}
    for name in ("T_ABRBO-1", "ABRBO-1"):
        assert {row["nationalGridBmUnit"] for row in shared_client.rows("PN", **units, bmUnit=name)} == {"ABRBO-1"}
    prices = shared_client.within("MID", "2026-05-20", "2026-05-20T03:00Z", dataProviders="APXMIDP")
    assert {row["dataProvider"] for row in prices} == {"APXMIDP"}
    assert all(row["interconnector"] for row in shared_client.rows("FOU2T14D", interconnector="true"))
    assert len(shared_client.rows("NOU2T3YW", year=2027)) == 52


def test_rows_come_newest_first(shared_client):
    for code, member in (
        ("FUELINST", "startTime"),
        ("FUELHH", "startTime"),
        ("INDO", "startTime"),
        ("AGPT", "publishTime"),
    ):
        found = [row[member] for row in shared_client.rows(code, **MAY_20)]
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("body", "path", "asked"),
    [
        ("400_range_publishdatetime_1_day", "REMIT", ("publishDateTime", "2026-04-01T00:00Z", "2026-04-08T00:00Z")),
        ("400_range_publishdatetime_1_day", "SOSO", ("publishDateTime", "2026-04-01T00:00Z", "2026-04-08T00:00Z")),
        ("400_range_publishdatetime_1_day", "NDF", ("publishDateTime", "2026-04-01", "2026-04-02T00:00:01Z")),
        (
            "400_range_publishdatetime_12_hours",
            "LOLPDRM",
            ("publishDateTime", "2026-04-01T00:00Z", "2026-04-01T12:01Z"),
        ),
        ("400_range_from_to_1_hour", "BOD", ("", "2026-05-20T00:00Z", "2026-05-20T01:30Z")),
        ("400_range_from_to_1_hour", "MELS", ("", "2026-05-20T00:00Z", "2026-05-20T01:30Z")),
        ("400_range_from_to_1_hour", "MILS", ("", "2026-05-20T00:00Z", "2026-05-21T00:00Z")),
        ("400_range_from_to_1_day", "BOALF", ("", "2026-05-20T00:00Z", "2026-05-21T00:01Z")),
        ("400_range_from_to_1_day", "NONBM", ("", "2026-05-20T00:00Z", "2026-05-22T00:00Z")),
        ("400_range_from_to_7_days", "MID", ("", "2026-05-01T00:00Z", "2026-05-09T00:00Z")),
        ("400_range_settlementdate_7_days", "FUELHH", ("settlementDate", "2026-05-01", "2026-05-08")),
        ("400_range_settlementdate_7_days", "FUELINST", ("settlementDate", "2026-05-20", "2026-05-28")),
    ],
)
def test_a_window_beyond_the_limit_is_refused_in_the_recorded_words_but_not_by_a_stream(
    shared_client, recorded, body, path, asked
):
    name, begin, end = asked
    window = {f"{name}From": begin, f"{name}To": end} if name else {"from": begin, "to": end}

    refused = shared_client.get(f"datasets/{path}", **window)

    assert (refused.status_code, TRACE.sub("", refused.text)) == (
        400,
        (recorded / "errors" / f"{body}.json").read_text().strip(),
    )
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    # It is enough that it begins.
    url = f"{shared_client.url}/datasets/{path}/stream"
    with shared_client.session.get(url, params=window, stream=True, timeout=60) as streamed:
        assert streamed.status_code == 200


def test_a_refusal_is_as_long_as_the_recorder_counted(shared_client):
    week = {"publishDateTimeFrom": "2026-04-01T00:00Z", "publishDateTimeTo": "2026-04-08T00:00Z"}

    assert len(shared_client.get("datasets/REMIT", **week).content) == 307


def test_exactly_the_limit_is_allowed_and_no_minute_more(shared_client):
    pairs = [
        tuple(f"{name}DateTime{end}" for end in ("From", "To")) for name in ("publish", "measurement", "submission")
    ]
    first = datetime(2027, 1, 1, tzinfo=UTC)  # after the clock there are no rows, so that none has to be made
    limited = [dataset for dataset in catalogue().values() if dataset.limit]

    assert len(limited) == 50
    for dataset in limited:
        names = {each.name for each in dataset.plain}
        begin, end = next(pair for pair in (*pairs, ("from", "to")) if pair[0] in names)
        for more, status in ((0, 200), (1, 400)):
            window = written({begin: first, end: first + timedelta(hours=dataset.limit.hours, minutes=more)})
            assert shared_client.get(f"datasets/{dataset.code}", **window).status_code == status, dataset.code


@pytest.mark.parametrize(
    ("path", "asked", "about"),
    [
        ("FUELHH", {**MAY_20, "settlementDateFrom": "2026-05-20", "settlementDateTo": "2026-05-20"}, ""),
        ("FUELHH", {**MAY_20, "settlementDateTo": "2026-05-20"}, ""),
        ("INDO", {"publishDateTimeFrom": "yesterday", "publishDateTimeTo": "2026-05-20"}, "publishDateTimeFrom"),
        (
            "INDO",
            {"publishDateTimeFrom": "2026-05-20T00:00:00 00:00", "publishDateTimeTo": "2026-05-21"},
            "publishDateTimeFrom",
        ),
        ("INDO", {"publishDateTimeFrom": "2026-05-20"}, "publishDateTimeTo"),
        ("INDO", {"publishDateTimeFrom": "2026-05-20", "publishDateTimeTo": "9999-12-31T23:59Z"}, "publishDateTimeTo"),
        ("INDO", {"publishDateTimeFrom": "2026-05-21", "publishDateTimeTo": "2026-05-20"}, ""),
        ("PN", {"settlementDate": "2026-05-20T00:00Z", "settlementPeriod": 1}, "settlementDate"),
        ("PN", {"settlementDate": "20-05-2026", "settlementPeriod": 1}, "settlementDate"),
        ("FUELHH", {"settlementDateFrom": "2026-02-30", "settlementDateTo": "2026-03-01"}, "settlementDateFrom"),
    ],
)
def test_what_makes_no_sense_is_refused(shared_client, path, asked, about):
    response = shared_client.get(f"datasets/{path}", **asked)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [about]


def test_nothing_is_told_before_it_is_published(simulate):
    client = simulate(now="2026-05-30T12:03:00Z", start="2026-05-30")
    ever = {"publishDateTimeFrom": "2026-05-28", "publishDateTimeTo": "2026-06-02"}

    for code in ("FUELINST", "FUELHH", "NDF", "AGPT", "REMIT", "WINDFOR"):
        found = times(client.stream(code, **ever), "publishTime")
        assert found[0] >= "2026-05-30T00:00:00Z"
        assert "2026-05-30T08:00:00Z" < found[-1] <= "2026-05-30T12:03:00Z"
    for code, member in (("MELS", "notificationTime"), ("BOALF", "acceptanceTime"), ("SEL", "time")):
        assert times(client.within(code, "2026-05-28", "2026-06-02"), member)[-1] <= "2026-05-30T12:03:00Z"
    assert times(client.within("PN", "2026-05-28", "2026-06-02"), "timeFrom")[0] == "2026-05-30T00:00:00Z"


def test_the_same_seed_tells_the_same_and_another_tells_other(simulate, shared_client):
    def told(client, *codes):
        return [client.within(code, "2026-05-20", "2026-05-20T06:00Z") for code in codes]

    assert told(simulate(), "PN", "BOALF", "MID") == told(shared_client, "PN", "BOALF", "MID")
    for one, other in zip(
        told(simulate(seed=1), "BOD", "MELS", "SEL"), told(shared_client, "BOD", "MELS", "SEL"), strict=True
    ):
        assert one != other


def test_an_answer_does_not_depend_on_what_is_asked_with_it(shared_client):
    day = shared_client.published("FUELINST", "2026-05-20", "2026-05-21")
    hour = shared_client.published("FUELINST", "2026-05-20T07:00Z", "2026-05-20T08:00Z")

    assert hour == [row for row in day if "2026-05-20T07:00:00Z" <= row["publishTime"] <= "2026-05-20T08:00:00Z"]
    acceptances = shared_client.within("BOALF", "2026-05-20", "2026-05-21")
    some = shared_client.within("BOALF", "2026-05-20T07:00Z", "2026-05-20T08:00Z")
    assert sorted(map(json.dumps, some)) == sorted(
        json.dumps(row) for row in acceptances if "2026-05-20T07:00:00Z" <= row["timeFrom"] <= "2026-05-20T08:00:00Z"
    )
