"""A window is a half-open span of instants."""

from datetime import UTC, datetime, timedelta

import pytest

from include.ingestion.window import Window, as_utc, instant

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
FIRST = datetime(2009, 1, 1, tzinfo=UTC)


def test_pages_cover_a_window_once():
    window = Window(FIRST, FIRST + timedelta(days=450))
    pages = list(window.pages(timedelta(days=200)))
    assert [page.start for page in pages] == [window.start, *(page.end for page in pages[:-1])]
    assert pages[-1].end == window.end
    assert len(pages) == 3


def test_a_window_holds_its_start_and_not_its_end():
    window = Window(FIRST, NOON)
    assert FIRST in window
    assert NOON not in window


def test_a_publishers_instants_are_utc_or_refused():
    assert as_utc(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)  # noqa: DTZ001
    with pytest.raises(ValueError, match="Expected UTC"):
        as_utc(datetime.fromisoformat("2026-01-01T00:00:00+01:00"))
    assert instant("2026-01-01") == datetime(2026, 1, 1, tzinfo=UTC)
