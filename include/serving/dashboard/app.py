"""The script Streamlit runs for every reader: navigation, and the chosen page in its frame."""

import logging
from pathlib import Path

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.navigation import SECTIONS
from include.serving.datasets import Attribution

ICON = Path(__file__).with_name("bolt.svg")

st.set_page_config(page_title=frame.title(), page_icon=str(ICON), layout="wide")

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def sections() -> "dict[str, list[st.Page]]":
    """Return the pages by section. The first one stands at `/`, and at its own path too."""
    pages = {
        section.title: [st.Page(each.draw, title=each.title, url_path=each.path) for each in section.screens]
        for section in SECTIONS
    }
    first = SECTIONS[0].screens[0]
    home = st.Page(first.draw, title=first.title, default=True, visibility="hidden")
    return {SECTIONS[0].title: [home, *pages.pop(SECTIONS[0].title)], **pages}


def main() -> None:
    """Draw one page."""
    page = st.navigation(sections(), position="top")
    frame.open_page()
    whose: list[Attribution] = []
    with frame.in_plain_words():
        page.run()
        whose = frame.whose_data()
    frame.close_page(whose)


main()
