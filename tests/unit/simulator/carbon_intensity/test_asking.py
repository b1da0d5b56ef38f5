"""Which half-hours a path asks for, and which paths are refused."""

from datetime import UTC, datetime

import pytest

from include.simulator.carbon_intensity.asking import Asked, Family, PathError, RefusedError, asked_by

MAY_1, MAY_2, MAY_3 = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/intensity", Asked(Family.NATIONAL)),
        ("/intensity/", Asked(Family.NATIONAL)),
        ("/intensity/factors", Asked(Family.FACTORS)),
        ("/generation", Asked(Family.GENERATION)),
        ("/intensity/2026-05-01T00:00Z/2026-05-02T00:00Z", Asked(Family.NATIONAL, MAY_1, MAY_2)),
        ("/generation/2026-05-01T00:00Z/2026-05-02T00:00Z", Asked(Family.GENERATION, MAY_1, MAY_2)),
        ("/regional/intensity/2026-05-01T00:00Z/2026-05-02T00:00Z", Asked(Family.REGIONAL, MAY_1, MAY_2)),
        ("/intensity/2026-05-01T00:00Z/fw24h", Asked(Family.NATIONAL, MAY_1, MAY_2)),
        ("/regional/intensity/2026-05-01T00:00Z/fw48h", Asked(Family.REGIONAL, MAY_1, MAY_3)),
        ("/generation/2026-05-02T00:00Z/pt24h", Asked(Family.GENERATION, MAY_1, MAY_2)),
        ("/intensity/2026-05-01T00:00:00Z/2026-05-02", Asked(Family.NATIONAL, MAY_1, MAY_2)),
    ],
)
def test_a_path_asks_for_a_family_and_a_span(path, asked):
    assert asked_by(path) == asked


@pytest.mark.parametrize("path", ["/", "/intensities", "/regional", "/regional/intensity", "/intensity/a/b/c"])
def test_other_paths_are_not_there(path):
    with pytest.raises(PathError):
        asked_by(path)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/intensity/yesterday/2026-05-02T00:00Z", "valid datetime"),
        ("/intensity/2026-05-01T00:00+01:00/2026-05-02T00:00Z", "valid datetime"),
        ("/intensity/2026-02-30T00:00Z/2026-03-02T00:00Z", "valid datetime"),
        ("/generation/2026-05-01T00:00Z/fw24h", "valid datetime"),
        ("/intensity/2026-05-02T00:00Z/2026-05-01T00:00Z", "before its beginning"),
        ("/intensity/2026-05-01T00:00Z/2026-05-15T00:01Z", "14 days"),
        ("/generation/2026-05-01T00:00Z/2026-05-15T00:01Z", "14 days"),
        ("/regional/intensity/2026-05-01T00:00Z/2026-05-15T00:01Z", "14 days"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(path, said):
    with pytest.raises(RefusedError, match=said):
        asked_by(path)


def test_exactly_14_days_are_allowed():
    asked_by("/intensity/2026-05-01T00:00Z/2026-05-15T00:00Z")
