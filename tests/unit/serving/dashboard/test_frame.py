"""What stands around every page, drawn by Streamlit as for a reader."""

import logging

from streamlit.testing.v1 import AppTest


def test_what_cannot_be_read_is_told_in_a_sentence_and_its_cause_is_logged(caplog):
    def page() -> None:
        from include.serving.dashboard import frame  # noqa: PLC0415 - Streamlit runs the body of this function
        from include.serving.dashboard.reader import reading  # noqa: PLC0415 - likewise

        frame.open_page()
        with frame.in_plain_words(), reading("postgresql://x:secret@127.0.0.1:1/gridloom"):
            pass

    with caplog.at_level(logging.WARNING, logger="include.serving.dashboard.frame"):
        drawn = AppTest.from_function(page, default_timeout=30).run()
    assert not drawn.exception
    assert [told.value for told in drawn.warning] == [
        "**The warehouse cannot be reached.** See what runs: `make status`. Start it: `make up`."
    ]
    [logged] = [record.getMessage() for record in caplog.records if record.name == "include.serving.dashboard.frame"]
    assert "Connection refused" in logged
    assert "secret" not in logged
    assert len(logged.splitlines()) == 1
