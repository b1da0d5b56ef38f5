"""The control bar of all pages: which days, and how finely. Both live in the address, so that a view can be shared."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from include.serving.dashboard.frame import ask_again
from include.serving.dashboard.reader import NothingPublishedError, Reader, UnreadableError, analyst
from include.serving.dashboard.span import (
    Extent,
    Interval,
    Preset,
    Span,
    drawable,
    place_of,
    span_of,
    usual_interval,
)

PRESETS = {
    Preset.LAST_24_HOURS: "24 h",
    Preset.LAST_7_DAYS: "7 d",
    Preset.LAST_30_DAYS: "30 d",
    Preset.LAST_YEAR: "1 y",
    Preset.ALL: "All",
    Preset.DAYS: "Days …",
}
INTERVALS = {interval: interval.label for interval in Interval}
USUAL = Preset.LAST_7_DAYS
Kind = TypeVar("Kind", bound=StrEnum)
_KEPT = "view"
_OURS = ("range", "from", "to", "interval")
# No market of half-hours is older; a later century is a slip of the pen.
_YEARS = range(1990, 2101)


@dataclass(frozen=True)
class View:
    """What the reader chose: a range, days where they were picked, and an interval, or none for the usual one."""

    preset: Preset = USUAL
    days: tuple[date, date] | None = None
    interval: Interval | None = None

    def span(self, held: Extent) -> Span:
        """Return the periods it means now."""
        return span_of(self.preset, held, self.days)

    def drawn_by(self, held: Extent) -> Interval:
        """Return the interval that draws them: the chosen or the usual one, or a coarser one if it has to be."""
        span = self.span(held)
        return drawable(self.interval or usual_interval(span, held.intervals), span, held.intervals)

    def key(self, interval: Interval) -> str:
        """Return what tells it from other views; new rows do not change it."""
        return "-".join({**self.parameters(), "interval": interval.value}.values())

    def parameters(self, *, drawn_by: Interval | None = None) -> dict[str, str]:
        """Return it as the address has it; where no interval was chosen, with the one that it is drawn by."""
        days = {"from": self.days[0].isoformat(), "to": self.days[1].isoformat()} if self.days else {}
        named = self.interval or drawn_by
        interval = {"interval": named.value} if named else {}
        return {"range": self.preset.value, **(days if self.preset is Preset.DAYS else {}), **interval}


def view_of(parameters: dict[str, str]) -> View:
    """Read a view from an address; what cannot be read is as if it were not there."""
    preset = _one_of(Preset, parameters.get("range")) or USUAL
    days = _days(parameters) if preset is Preset.DAYS else None
    if preset is Preset.DAYS and days is None:
        preset = USUAL
    return View(preset, days, _one_of(Interval, parameters.get("interval")))


def current_view() -> View:
    """Return the view of this reader: the one held since the last choice, else that of the address."""
    if _KEPT not in st.session_state:
        st.session_state[_KEPT] = view_of(st.query_params.to_dict())
    view: View = st.session_state[_KEPT]
    return view


def bar(extent_of: Callable[[Reader], Extent | None], *, with_interval: bool = True) -> View | None:
    """Draw the bar over all that a page may draw; return the view, or None where there is nothing yet."""
    try:
        with analyst() as reader:
            held = extent_of(reader)
    except NothingPublishedError:
        held = None
    except UnreadableError:
        wait_for_more()
        raise
    if held is None:
        wait_for_more()
        return None
    return control_bar(held, with_interval=with_interval)


def wait_for_more() -> None:
    """Keep the view in the address, which another page begins without, and look again in a while."""
    write_address(current_view())
    ask_again()


def control_bar(held: Extent, *, with_interval: bool = True) -> View:
    """Draw the bar, write what it says into the address, and return it.

    Without `with_interval` the page has no use for one, and the address keeps the one it has.
    """
    view = current_view()
    drawn_by = view.drawn_by(held) if with_interval else None
    st.session_state["range"] = view.preset
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls", gap="medium"):
        _range_picker(view.span(held))
        if view.preset is Preset.DAYS:
            _day_picker(view.span(held), held)
        if drawn_by is not None:
            st.session_state["interval"] = drawn_by
            _interval_picker(held.intervals)
    if drawn_by is not None and view.interval is not None and view.interval is not drawn_by:
        st.caption(_coarser(view.interval, drawn_by, held))
    write_address(view, drawn_by=drawn_by)
    return view


def _coarser(asked: Interval, drawn_by: Interval, held: Extent) -> str:
    """Say why another interval is drawn than the one that was asked for."""
    why = "is finer than this data" if asked not in held.intervals else "would be more points than a screen can show"
    return f"{asked.label} {why}; drawn by {drawn_by.label}."


def write_address(view: View, *, drawn_by: Interval | None = None) -> None:
    """Make the address say what the page shows, and keep what else it says."""
    held = st.query_params.to_dict()
    others = {name: value for name, value in held.items() if name not in _OURS}
    wanted = {**others, **view.parameters(drawn_by=drawn_by)}
    if wanted != held:
        st.query_params.from_dict(wanted)


def _range_picker(span: Span) -> None:
    st.segmented_control(
        "Range",
        list(Preset),
        format_func=PRESETS.__getitem__,
        key="range",
        on_change=_choose_range,
        args=(span,),
    )


def _choose_range(shown: Span) -> None:
    view, preset = current_view(), st.session_state["range"]
    # Pressing the chosen button again unsets it, which means nothing here.
    if preset is None:
        return
    # Days begin as those on the screen. Another range has its own usual interval.
    days = view.days or (shown.days if preset is Preset.DAYS else None)
    st.session_state[_KEPT] = replace(view, preset=preset, days=days, interval=None)


def _interval_picker(intervals: tuple[Interval, ...]) -> None:
    st.segmented_control(
        "Interval", intervals, format_func=INTERVALS.__getitem__, key="interval", on_change=_choose_interval
    )


def _choose_interval() -> None:
    st.session_state[_KEPT] = replace(current_view(), interval=st.session_state["interval"])


def _choose_days() -> None:
    picked = st.session_state["days"]
    # While the reader has picked one day of two, the days before stand.
    if len(picked) == 2:  # noqa: PLR2004 - first and last
        st.session_state[_KEPT] = replace(current_view(), days=(picked[0], picked[1]), interval=None)


def _day_picker(span: Span, held: Extent) -> None:
    shown, whole = span.days, held.whole.days
    # Days with nothing published, which an address may name, are shown as such and not as others.
    earliest, latest = min(shown[0], whole[0]), max(shown[1], whole[1])
    picked = st.session_state.get("days", shown)
    # A day picked of two is left to the reader, who is about to pick the other.
    if len(picked) != 1 or not earliest <= picked[0] <= latest:
        st.session_state["days"] = shown
    st.date_input(
        f"Days in {place_of(held.zone)}, both whole",
        min_value=earliest,
        max_value=latest,
        format="YYYY-MM-DD",
        key="days",
        width=250,
        on_change=_choose_days,
    )


def _days(parameters: dict[str, str]) -> tuple[date, date] | None:
    try:
        first, last = (date.fromisoformat(parameters[name]) for name in ("from", "to"))
    except (KeyError, ValueError):
        return None
    return (first, last) if first <= last and first.year in _YEARS and last.year in _YEARS else None


def _one_of(kind: type[Kind], text: str | None) -> Kind | None:
    return kind(text) if text in {each.value for each in kind} else None
