"""The map of cables as a reader has it, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.onlooker import Place, opened, see_charts


@pytest.mark.parametrize(
    ("cable", "flow", "told"),
    [
        ("IFA, France", "1,500 MW in", ["+1,500", "2,000", "+75"]),
        ("INTNEW, unknown", "120 MW in", ["+120", "–", "–"]),
        ("BritNed, Netherlands", "no figure", ["–", "1,000", "–"]),
    ],
)
def test_a_cable_tells_what_it_carries_of_what_it_can(
    page: Page, place: Place, cable: str, flow: str, told: list[str]
) -> None:
    opened(page, f"{place.dashboard}/grid-now")
    see_charts(page, "grid-now")
    box = page.locator(f'[aria-label="{cable}: {flow}"]').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    values = page.locator("#vg-tooltip-element.visible tr td.value")
    expect(values).to_have_text([cable, *told])
