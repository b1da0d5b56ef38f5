"""What the charts of Carbon say of what is foreseen, missing and alone, whatever their rows are."""

from typing import Any

import pyarrow as pa
import pytest

from include.serving.dashboard import timeline
from include.serving.dashboard.carbon.forecasts import charts as forecasts
from include.serving.dashboard.carbon.forecasts.queries import with_actual
from include.serving.dashboard.carbon.fuels import TRACES
from include.serving.dashboard.carbon.now import charts as now
from include.serving.dashboard.carbon.reconciliation import charts as reconciliation
from include.serving.dashboard.carbon.reconciliation.queries import NESO, OURS
from include.serving.dashboard.span import Interval
from include.serving.dashboard.vega import Spec

OVER_TIME = {
    "intensity": (now.actual_and_forecast(Interval.HALF_HOUR), ("actual_g_per_kwh", "forecast_g_per_kwh")),
    "mix": (now.supply_mix(Interval.DAY, 30), tuple(column for column, _, _ in TRACES)),
    "then": (forecasts.known_then(), ("forecast_g_per_kwh", "actual_g_per_kwh")),
    "sources": (reconciliation.sources(Interval.HOUR), ("api_g_per_kwh", "neso_g_per_kwh", "computed_g_per_kwh")),
    "neso": (reconciliation.differences(Interval.HOUR, NESO), NESO.columns),
    "ours": (reconciliation.differences(Interval.MONTH, OURS), OURS.columns),
}
charted = pytest.mark.parametrize(("chart", "columns"), OVER_TIME.values(), ids=OVER_TIME)


def ruler_of(chart: Spec) -> Spec:
    [ruler] = [layer for layer in chart["layer"] if "params" in layer]
    return ruler


@charted
def test_the_pointer_finds_only_what_is_published(chart: Spec, columns: tuple[str, ...]) -> None:
    [condition] = ruler_of(chart)["transform"]
    assert condition == {"filter": " || ".join(f"isValid(datum.{column})" for column in columns)}


@charted
def test_what_has_no_figure_is_told_as_such(chart: Spec, columns: tuple[str, ...]) -> None:
    """A chart would write a figure that is not there as 0."""
    told = ruler_of(chart)["mark"]["tooltip"]["expr"]
    for column in columns:
        assert f".{column}) ? format(" in told
        assert "'–'" in told


@charted
def test_what_stands_alone_is_drawn_beside_every_line_and_area(chart: Spec, columns: tuple[str, ...]) -> None:
    paths = [layer for layer in chart["layer"] if layer["mark"]["type"] in ("area", "line")]
    alone = [layer for layer in chart["layer"] if {"filter": timeline.ALONE} in layer.get("transform", [])]
    assert len(alone) == len(paths) > 0


@pytest.mark.parametrize(
    ("chart", "dashed"),
    [
        (now.actual_and_forecast(Interval.HALF_HOUR), ["Forecast, as last issued before"]),
        (forecasts.known_then(), ["The forecast as it stood then"]),
        (reconciliation.differences(Interval.HOUR, NESO), [name for _, name in NESO.parts]),
    ],
)
def test_what_was_foreseen_and_what_a_whole_is_made_of_are_dashed(chart: Spec, dashed: list[str]) -> None:
    scale = chart["layer"][0]["encoding"]["strokeDash"]["scale"]
    patterns = dict(zip(scale["domain"], scale["range"], strict=True))
    assert [name for name, pattern in patterns.items() if pattern != timeline.SOLID] == dashed


def issues(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def test_the_actual_stands_among_the_issues_and_is_none_of_them() -> None:
    actual = issues(
        {
            **{"bucket_at": 1, "bucket_until_at": 2, "when": "one", "stands_alone": True},
            **{"actual_g_per_kwh": 90.0, "forecast_g_per_kwh": 95.0, "day_ahead_forecast_g_per_kwh": None},
        }
    )
    both = with_actual(issues({"issued_at": 0, "bucket_at": 1, "forecast_g_per_kwh": 99.0}), actual).to_pylist()
    assert [(row["issued_at"], row["forecast_g_per_kwh"], row["actual_g_per_kwh"]) for row in both] == [
        (0, 99.0, None),
        (None, None, 90.0),
    ]
    assert both[1]["last_g_per_kwh"] == 95.0
