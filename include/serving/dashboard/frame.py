"""What stands around every page: the banner of simulated data, plain sentences for what is missing, the footer."""

import html
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import streamlit as st

from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import UnreadableError, reading
from include.serving.dashboard.vega import ZOOM, Spec, needed
from include.serving.datasets import Attribution, attributions
from include.warehouse import Role

_log = logging.getLogger(__name__)
REFRESH_S = 30
_TOLD = "is_told_simulated"

STYLE = """
<style>
.block-container {padding-top: 4.2rem; padding-bottom: 2rem; max-width: 1320px;}
h1 {font-size: 1.7rem !important; padding: .2rem 0 .1rem 0 !important;}
h2, h3 {font-size: 1.1rem !important; padding: .9rem 0 .1rem 0 !important;}
.simulated {background: #ffb000; color: #1a1200; border: 3px solid #1a1200; border-radius: 6px; font-weight: 700;
  padding: .6rem 1rem; text-align: center; font-size: 1.05rem;}
[data-testid="stElementContainer"]:has(.simulated) {position: sticky; top: 3.75rem; z-index: 99;}
.foot {border-top: 1px solid rgba(128, 128, 128, .35); margin-top: 2.2rem; padding-top: .8rem; font-size: .85rem;}
.legend {display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; font-size: .88rem; padding: .1rem 0;}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * {color: inherit !important; opacity: 1;}
.st-key-up [data-baseweb="tag"] {background: transparent; border: 1px solid currentColor; color: inherit;}
.st-key-up [data-baseweb="tag"] * {color: inherit;}
[data-testid="stCaptionContainer"] p {font-size: .88rem; opacity: .82;}
[data-testid="stSidebar"][data-collapsed="true"] {visibility: hidden;}
[class*="st-key-statement"] textarea {font-family: "Source Code Pro", monospace; font-size: .9rem;}
:not(pre) > code {overflow-wrap: anywhere; unicode-bidi: isolate;}
:is(summary, h2, [data-testid="stMetricValue"]) code {font: inherit; color: inherit; background: none; padding: 0;}
[data-testid="stText"] {white-space: pre-wrap; overflow-wrap: anywhere;}
.columns {overflow-x: auto; font-size: .88rem;}
.columns p {font-size: inherit;}
.columns code {overflow-wrap: normal;}
.columns :is(th, td) {text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;}
.swatch {display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .4em;}
@media (max-width: 640px) {
  .block-container {padding-left: .9rem; padding-right: .9rem;}
  h1 {font-size: 1.35rem !important;}
  .simulated {padding: .35rem .5rem; font-size: .95rem; line-height: 1.3;}
}
</style>
"""


def open_page() -> None:
    """Draw what comes before the page."""
    st.html(STYLE)
    st.session_state[_TOLD] = this_process().home.is_simulated
    if st.session_state[_TOLD]:
        st.html(
            '<div class="simulated" role="status">SIMULATED DATA: Gridloom’s simulator made these numbers. '
            "Do not use them.</div>"
        )


def close_page(whose: Iterable[Attribution] = ()) -> None:
    """Draw what comes after the page: whose data it is."""
    told = "".join(
        f'{html.escape(each.text)} (<a href="{html.escape(each.licence_url)}">{html.escape(each.licence)}</a>). '
        for each in whose
    )
    st.html(f'<footer class="foot">{told}Times on the axes are UTC.</footer>')


def whose_data() -> list[Attribution]:
    """Return what the publishers ask to be told; nothing, where the warehouse cannot be read."""
    try:
        return _attributions(this_process().url(Role.SCREENS))
    except UnreadableError:
        return []


@st.cache_data(ttl=REFRESH_S, show_spinner=False)
def _attributions(url: str) -> list[Attribution]:
    with reading(url) as reader:
        return attributions(reader.datasets())


def title() -> str:
    """Return what the browser's tab says."""
    return "SIMULATED · Gridloom" if this_process().home.is_simulated else "Gridloom"


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Where the warehouse cannot be read within the block, say so in a sentence, and what to do; log the cause."""
    if st.session_state.get(_TOLD) != this_process().home.is_simulated:
        # Another warehouse is in use now. Its rows must not appear under the banner of the former one.
        st.rerun()
    try:
        yield
    except UnreadableError as error:
        _log.warning("%s %s", error, " ".join(str(error.__cause__ or "").split()))
        st.warning(f"**{error}** {error.remedy}", icon=":material/cloud_off:")


def nothing_yet(command: str | None = "make run") -> None:
    """Say that nothing is published, and which command brings it in, where there is one."""
    how = f" Bring the first data in: `{command}`." if command else ""
    st.info(f"**Nothing has been published yet.**{how} It appears here by itself.", icon=":material/hourglass_empty:")


def nothing_of_these_days(command: str | None = "make run") -> None:
    """Say that nothing is published of the range, and which command brings it in, where there is one."""
    how = f", or bring them in: `{command}`" if command else ""
    st.info(f"**Nothing is published for these days.** Choose others{how}.")


def ask_again() -> None:
    """Draw the whole page anew in a while: it has no part yet that would ask by itself."""
    _ask_again(drawn_at_s=time.monotonic())


@st.fragment(run_every=REFRESH_S)
def _ask_again(*, drawn_at_s: float) -> None:
    if time.monotonic() - drawn_at_s > REFRESH_S / 2:
        st.rerun()


def zoomable(table: pa.Table, chart: Spec, *, key: str, alt: str) -> None:
    """Draw a chart that a reader can zoom. One with another key begins anew."""
    # Streamlit sets a zoom back when rows change, unless it is a selection that a script follows.
    st.vega_lite_chart(
        needed(table, chart),
        chart,
        key=key,
        width="stretch",
        alt=alt,
        on_select="rerun",
        selection_mode=ZOOM,
    )


def legend(named: Iterable[tuple[str, str]]) -> None:
    """Draw what each colour means: names (with a figure, perhaps) and colours."""
    swatches = "".join(
        f'<span><i class="swatch" style="background: {colour}"></i>{html.escape(name)}</span>' for name, colour in named
    )
    st.html(f'<div class="legend">{swatches}</div>')
