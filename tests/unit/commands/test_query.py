"""How values are printed."""

import asyncio
import datetime
import decimal
import json
from collections.abc import AsyncIterator

import pytest

from include.commands.query import _as_table, _plain, _text

NOON = datetime.datetime(2026, 3, 29, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (NOON, "2026-03-29 12:00:00+00:00"),
        (decimal.Decimal("12.30"), "12.30"),
        ("a,b", "a,b"),
    ],
)
def test_a_cell_is_text_as_psql_has_it(value: object, text: str) -> None:
    assert _text(value) == text


def test_json_holds_numbers_as_numbers_and_instants_as_iso() -> None:
    told = json.dumps({"share_pct": decimal.Decimal("12.30"), "at": NOON}, default=_plain)

    assert told == '{"share_pct": 12.3, "at": "2026-03-29T12:00:00+00:00"}'


async def _rows(*rows: tuple[str, ...]) -> AsyncIterator[tuple[str, ...]]:
    for row in rows:
        yield row


def test_a_cell_of_a_table_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "[link=http://evil.example]well[/link] [/gone] \x1b]8;;http://evil.example\x07"
    asyncio.run(_as_table([hostile, "b"], _rows((hostile, "2"))))
    shown = "[link=http://evil.example]well[/link] [/gone] \\x1b]8;;http://evil.example\\x07"
    assert capsys.readouterr().out.count(shown) == 2
