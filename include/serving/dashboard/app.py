"""The script Streamlit runs for every reader: navigation, the bar that all pages share, and the chosen page."""

import logging
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from include.serving.dashboard import frame, pipeline_runs
from include.serving.dashboard.controls import View, control_bar, current_view, write_address
from include.serving.dashboard.mix import published
from include.serving.dashboard.place import analyst
from include.serving.dashboard.reader import NothingPublishedError, Reader, UnreadableError
from include.serving.dashboard.screens import explorer, generation, quality, revisions, runs
from include.serving.dashboard.span import Published

ICON = Path(__file__).with_name("bolt.svg")

st.set_page_config(page_title=frame.title(), page_icon=str(ICON), layout="wide")

# Where the interval means nothing, and why.
BY_DAY = "The range counts here; the interval does not: coverage is told by the day."
SAMPLE_ONLY = "The range is that of the sample query; the interval does not count here."

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")

PAGES = (
    st.Page(lambda: generation.show(_bar_of_published()), title="Generation", url_path="generation", default=True),
    st.Page(lambda: revisions.show(_bar_of_published()), title="Revisions", url_path="revisions"),
    st.Page(lambda: quality.show(_bar_of_published(BY_DAY)), title="Data quality", url_path="quality"),
    st.Page(lambda: runs.show(_bar(pipeline_runs.extent)), title="Runs", url_path="runs"),
    st.Page(lambda: explorer.show(_bar(published, SAMPLE_ONLY)), title="Explorer", url_path="explorer"),
)


def _bar_of_published(without_interval: str | None = None) -> View | None:
    """Draw the control bar of a page that has nothing to show before the first publication, and say so until then."""
    view = _bar(published, without_interval)
    if view is None:
        frame.nothing_yet()
    return view


def _bar(whole: Callable[[Reader], Published | None], without_interval: str | None = None) -> View | None:
    """Draw the control bar over all that a page may draw; return the view, or None where there is nothing yet."""
    try:
        with analyst() as reader:
            held = whole(reader)
    except NothingPublishedError:
        held = None
    except UnreadableError:
        _wait_for_more()
        raise
    if held is None:
        _wait_for_more()
        return None
    return control_bar(held, without_interval=without_interval)


def _wait_for_more() -> None:
    """Keep the view in the address, which another page begins without, and look again in a while."""
    write_address(current_view())
    frame.ask_again()


def main() -> None:
    """Draw one page."""
    page = st.navigation(list(PAGES), position="top")
    frame.open_page()
    with frame.in_plain_words():
        page.run()
    frame.close_page()


main()
