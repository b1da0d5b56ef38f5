"""Catalogue: every dataset of every publisher, what is held of it, how new it is, and what is amiss with it.

It has no control bar: it shows how things stand now, and of one dataset all its years.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from include.serving.catalogue import Entry, State
from include.serving.coverage import COVERAGE_STATES
from include.serving.dashboard import frame
from include.serving.dashboard.controls import current_view
from include.serving.dashboard.operations.catalogue import dataset, words
from include.serving.dashboard.operations.catalogue.filters import DATASET, FILTERS, LONGEST, Filters
from include.serving.dashboard.operations.catalogue.table import DAYS, as_table
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import analyst

_PUBLISHER, _TEXT, _STATE = "catalogue-publisher", "catalogue-text", "catalogue-state"
_PICKER, _TABLES = "catalogue-picker", "catalogue-tables"
_HEIGHT_PX = 355
_MINUTE = "YYYY-MM-DD HH:mm"
_COLUMNS = {
    "Dataset": st.column_config.TextColumn(pinned=True, width=140),
    "Title": st.column_config.TextColumn(width=250),
    "Age (h)": st.column_config.NumberColumn(
        format="localized", width=80, help="Since its newest period ended; where it has none, since it was loaded."
    ),
    DAYS: st.column_config.ImageColumn(width=175),
    "Days held": st.column_config.NumberColumn(width=90, help="Of the last 30 days."),
    "Rows held": st.column_config.NumberColumn(format="localized", width=110),
    "Last loaded (UTC)": st.column_config.DatetimeColumn(format=_MINUTE, timezone="UTC", width=150),
    "Publisher’s update (UTC)": st.column_config.DatetimeColumn(format=_MINUTE, timezone="UTC", width=180),
    "Last error": st.column_config.TextColumn(width=320),
}


def draw() -> None:
    """Draw the page."""
    # The range that an address may name is kept for the other pages.
    current_view()
    _show()


@st.fragment(run_every=frame.REFRESH_S)
def _show() -> None:
    """Draw the page; what changes appears by itself."""
    st.title("Catalogue")
    with frame.in_plain_words(), analyst() as reader:
        now = datetime.now(UTC)
        entries = reader.catalogue(now)
        _figures(entries, now)
        if told := list(words.what_to_do(entries)):
            st.info("\n\n".join(told), icon=":material/hourglass_empty:")
        picked = DATASET.value()
        _list(entries, picked, now)
        _picker(entries, picked)
        if picked is not None:
            entry = next((each for each in entries if each.name == picked), None)
            if entry is None:
                st.info(f"**There is no dataset {as_text(picked)}.** Pick another one.")
            else:
                dataset.draw(reader, entry, now)


def _figures(entries: Sequence[Entry], now: datetime) -> None:
    loaded = [each for each in entries if each.declared]
    figures = (
        ("Datasets", len(loaded), "Those that a source loads."),
        ("Held", sum(each.is_held for each in loaded), "Those of which any load ever came."),
        ("Failing", sum(each.is_failing for each in loaded), "The newest run brought not all of them."),
        ("Drifted", sum(each.drift is not None for each in entries), "They differ from what is known of them."),
        ("Late", sum(each.is_late(now) for each in loaded), "Older than they may be, or than their publisher’s."),
    )
    with st.container(horizontal=True, key="catalogue-figures"):
        for name, number, told in figures:
            st.metric(name, f"{number:,}", border=True, help=told)


def _list(entries: Sequence[Entry], picked: str | None, now: datetime) -> None:
    filters = FILTERS.value() or Filters()
    _filters(entries, filters, now)
    found = filters.found(entries, now)
    if not found:
        st.info("**No dataset is like that.** Choose All, another publisher, or other words.")
        return
    _table(found, filters, picked, now)
    frame.legend((told, colour) for _, told, colour in COVERAGE_STATES)
    looked_up = words.looked_up(entries, now)
    if looked_up:
        st.caption(looked_up)


def _filters(entries: Sequence[Entry], filters: Filters, now: datetime) -> None:
    titles = {each.publisher: each.publisher_title for each in entries}
    named = filters.named(entries)
    _set(_PUBLISHER, filters.publisher if filters.publisher in titles else None)
    _set(_TEXT, filters.text)
    _set(_STATE, filters.state)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.pills(
            "State",
            list(State),
            format_func=lambda state: words.counted(state, named, now),
            key=_STATE,
            on_change=_choose_filters,
        )
        st.selectbox(
            "Publisher",
            list(titles),
            index=None,
            format_func=titles.__getitem__,
            placeholder="all of them",
            key=_PUBLISHER,
            width=200,
            on_change=_choose_filters,
        )
        st.text_input(
            "Find",
            placeholder="words of a name or a title",
            max_chars=LONGEST,
            key=_TEXT,
            width=240,
            on_change=_choose_filters,
        )


def _set(widget: str, value: object) -> None:
    """Give a widget a value that it has not: whatever is set forgets what is being typed into it."""
    if widget not in st.session_state or st.session_state[widget] != value:
        st.session_state[widget] = value


def _choose_filters() -> None:
    held = st.session_state
    # Pressing the chosen state again unsets it: that is all of them.
    FILTERS.choose(Filters(held[_PUBLISHER], held[_TEXT] or "", held[_STATE] or State.ALL))


def _table(found: Sequence[Entry], filters: Filters, picked: str | None, now: datetime) -> None:
    names = [each.name for each in found]
    rows = [names.index(picked)] if picked in names else []
    # One with another key begins anew: its selection is that of other rows, or was made by the picker.
    drawn = st.session_state.get(_TABLES, 0)
    key = "-".join(["catalogue", str(drawn), *filters.parameters().values()])
    st.dataframe(
        as_table(found, now),
        height=min(_HEIGHT_PX, 35 * (len(found) + 1) + 3),
        hide_index=True,
        placeholder="",
        key=key,
        column_config=_COLUMNS,
        on_select=lambda: _choose_row(key, names),
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
        alt="Datasets, a row each",
    )


def _choose_row(key: str, names: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    DATASET.choose(names[rows[0]] if rows else None)


def _picker(entries: Sequence[Entry], picked: str | None) -> None:
    titles = {each.name: each.title if each.title == each.label else f"{each.label}: {each.title}" for each in entries}
    _set(_PICKER, picked if picked in titles else None)
    st.selectbox(
        "All of one dataset",
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        placeholder="pick it here, or its row in the table",
        key=_PICKER,
        width=520,
        on_change=_choose_dataset,
    )


def _choose_dataset() -> None:
    DATASET.choose(st.session_state[_PICKER])
    st.session_state[_TABLES] = st.session_state.get(_TABLES, 0) + 1
