"""The script Streamlit runs for every reader: navigation, the bar that all pages share, and the chosen page."""

from pathlib import Path

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View, control_bar, current_view, write_address
from include.serving.dashboard.mix import published
from include.serving.dashboard.place import analyst
from include.serving.dashboard.reader import UnreadableError
from include.serving.dashboard.screens import explorer, generation, quality, revisions, runs

ICON = Path(__file__).with_name("bolt.svg")

st.set_page_config(page_title=frame.title(), page_icon=str(ICON), layout="wide")

PAGES = (
    st.Page(lambda: generation.show(_bar()), title="Generation", url_path="generation", default=True),
    st.Page(lambda: revisions.show(_bar()), title="Revisions", url_path="revisions"),
    st.Page(lambda: quality.show(_bar()), title="Data quality", url_path="quality"),
    st.Page(runs.show, title="Runs", url_path="runs"),
    st.Page(explorer.show, title="Explorer", url_path="explorer"),
)


def _bar() -> View | None:
    """Draw the control bar; return the view, or None where nothing is published."""
    try:
        with analyst() as reader:
            held = published(reader)
    except UnreadableError:
        frame.ask_again()
        raise
    if held is None:
        frame.nothing_yet()
        frame.ask_again()
        return None
    return control_bar(held)


def main() -> None:
    """Draw one page."""
    page = st.navigation(list(PAGES), position="top")
    frame.open_page()
    with frame.in_plain_words():
        write_address(current_view())
        page.run()
    frame.close_page()


main()
