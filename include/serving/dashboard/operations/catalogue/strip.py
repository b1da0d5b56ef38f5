"""The last days of a dataset as a strip: a drawing for a cell of a table, a day beside the other."""

from urllib.parse import quote

from include.serving.coverage import COVERAGE_STATES, Days, in_words, stretches

_DAY_PX, _GAP_PX, _BAR_PX, _HEIGHT_PX = 5, 1, 14, 30
_COLOURS = {state.code: state.colour for state in COVERAGE_STATES}


def strip(days: Days) -> str | None:
    """Return the address of a drawing that holds all of it; None where no day was asked for."""
    if not days:
        return None
    # Whoever hears the table is read the address: it is short, and begins with words.
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_DAY_PX * len(days)}" height="{_HEIGHT_PX}">'
        f"<title>{in_words(days)}</title>{''.join(_lines(days))}</svg>"
    )
    return f"data:image/svg+xml;utf8,{quote(drawn, safe=' <>/=:')}"


def _lines(days: Days) -> list[str]:
    """Return each stretch of one state as a thick line of dashes, one for a day."""
    lines, x = [], 0
    for code, length in stretches(days):
        lines.append(
            f'<path stroke="{_COLOURS[code]}" stroke-width="{_BAR_PX}" stroke-dasharray="{_DAY_PX - _GAP_PX} {_GAP_PX}"'
            f' d="M{x} {_HEIGHT_PX // 2}h{length * _DAY_PX - _GAP_PX}"/>'
        )
        x += length * _DAY_PX
    return lines
