"""The picker of the instant at which a page shows what was known: any, or one of the newest publications."""

from datetime import UTC, datetime

import streamlit as st

from include.serving.dashboard.address import EARLIEST, LATEST
from include.serving.dashboard.picked import KNOWN_BY
from include.serving.dashboard.reader import Reader
from include.settlement import LONDON

# A picker can offer so many instants and still be read.
MOST_PUBLICATIONS = 200
# Which tables each publication wrote to was not always kept.
PUBLICATIONS = """
select published_at
from ops.publications
where keys > 0 and (tables = '{}' or (tables -> %(table)s ->> 'rows_published')::bigint > 0)
order by published_at desc
limit %(limit)s
"""
_LOAD, _INSTANT = "known-by-load", "known-by-instant"


def known_by_picker(reader: Reader, table: str) -> datetime | None:
    """Draw a picker for any instant, and beside it the newest publications of a table; return what is picked."""
    known_by = KNOWN_BY.value()
    published = publications(reader, table)
    st.session_state[_LOAD] = known_by if known_by in published else None
    st.session_state[_INSTANT] = known_by.replace(second=0, microsecond=0, tzinfo=None) if known_by else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.datetime_input(
            "As known at (UTC)",
            value=None,
            min_value=EARLIEST.replace(tzinfo=None),
            max_value=LATEST.replace(tzinfo=None),
            step=60,
            format="YYYY-MM-DD",
            key=_INSTANT,
            width=250,
            on_change=_choose_instant,
        )
        st.selectbox(
            "or as it was published",
            published,
            index=None,
            format_func=instant_told,
            placeholder="one of the newest publications",
            key=_LOAD,
            width=320,
            on_change=_choose_load,
        )
    return known_by


def publications(reader: Reader, table: str) -> list[datetime]:
    """Return when readers came to know something, the newest first: what was known then is what they were shown."""
    rows = reader.rows(PUBLICATIONS, {"table": table, "limit": MOST_PUBLICATIONS})
    return [row["published_at"] for row in rows]


def instant_told(instant: datetime) -> str:
    """Return an instant as readers in London say it, to the minute."""
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def _choose_instant() -> None:
    picked: datetime | None = st.session_state[_INSTANT]
    KNOWN_BY.choose(picked.replace(tzinfo=UTC) if picked else None)


def _choose_load() -> None:
    KNOWN_BY.choose(st.session_state[_LOAD])
