"""The typed params of the trigger form; `include.ingestion.due` says what they mean."""

from airflow.sdk import Param


def window_params(*, first_year: int, because: str, look_back_days: int | None = None) -> dict[str, Param]:
    """Return what a run by hand may name: a window, the whole history, or another look-back; and `force_publish`.

    `because` says why a run looks back as far as it does by itself: so many days, or, without a number, as far as each
    of its datasets says.
    """
    return {
        "start": _instant("Start", "First instant, UTC"),
        "end": _instant("End", "Instant after the last"),
        "full_history": Param(
            False, type="boolean", title="Full history", description=f"Everything since {first_year}"
        ),
        "look_back_days": Param(
            look_back_days,
            type="integer" if look_back_days else ["null", "integer"],
            minimum=1,
            maximum=10_000,
            title="Look-back (days)",
            description=f"Days asked for again where neither start nor full history is given; {because}",
        ),
        **force_publish(),
    }


def force_publish() -> dict[str, Param]:
    """Return the param by which what fails its checks is published all the same."""
    return {
        "force_publish": Param(
            False,
            type="boolean",
            title="Publish past failed checks",
            description="Publish what fails its checks all the same, on record in ops.publications",
        )
    }


def _instant(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date-time", title=title, description=description)
