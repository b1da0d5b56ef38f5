"""A page over a series: the control bar, and what is below it."""

from collections.abc import Callable

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View, bar
from include.serving.dashboard.reader import Reader, analyst
from include.serving.dashboard.series import Series, extent
from include.serving.dashboard.span import Extent

# Draws what is below the bar, from what the reader chose and all there is of the series.
Show = Callable[[Reader, View, Extent], None]


def draw_over(
    series: Series,
    title: str,
    show: Show,
    *,
    with_interval: bool = True,
    nothing_yet: Callable[[], None] = frame.nothing_yet,
) -> None:
    """Draw a page; before the series is published, say so, in words of the page's own where it has any."""
    view = bar(lambda reader: extent(reader, series), with_interval=with_interval)
    if view is None:
        nothing_yet()
    else:
        _below_the_bar(series, title, show, view, nothing_yet)


@st.fragment(run_every=frame.REFRESH_S)
def _below_the_bar(series: Series, title: str, show: Show, view: View, nothing_yet: Callable[[], None]) -> None:
    """Draw what is below the bar; new rows appear by themselves."""
    st.title(title)
    with frame.in_plain_words(), analyst() as reader:
        held = extent(reader, series)
        if held is None:
            nothing_yet()
        else:
            show(reader, view, held)
