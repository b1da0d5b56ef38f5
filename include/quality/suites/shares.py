"""Marts: mixes in percent, a column for each part. Nothing is less than none, and all parts are the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.quality.bounds import between
from include.quality.subject import Check, Subject

IS_SHARE = "Nothing is less than none of it, or more than all."


@dataclass(frozen=True)
class Mixes:
    """A mart of mixes; judged are those whose first key column is in a view of what is pending."""

    table: str
    key: tuple[str, ...]
    parts: Sequence[str]
    """Columns of percent."""
    pending: str
    datasets: tuple[str, ...]
    figures: str = ""
    """Further expressions, for further checks."""


def shares(mixes: Mixes, *further: Check, adds_up_to_pct: tuple[float, float] = (98, 102), because: str) -> Subject:
    """Return the pending mixes, and what must hold of them; where they add up to something else is a warning.

    `because` is the reason for the bounds of the sum.
    """
    least, most = adds_up_to_pct
    return Subject(
        suite=f"marts.{mixes.table}",
        table=f"marts.{mixes.table}",
        key=mixes.key,
        query=_query(mixes),
        checks=(
            between(
                "no_share_is_negative", "least_share_pct", 0, None, says="a share is 0 % or more", because=IS_SHARE
            ),
            between(
                "no_share_is_over_all", "most_share_pct", None, 100, says="a share is at most 100 %", because=IS_SHARE
            ),
            between(
                "shares_make_the_whole",
                "sum_pct",
                least,
                most,
                says=f"the shares add up to {least} to {most} %",
                because=because,
                only_warns=True,
            ),
            *further,
        ),
        datasets=mixes.datasets,
    )


def _query(mixes: Mixes) -> str:
    columns = ", ".join(filter(None, (*mixes.key, mixes.figures)))
    parts, period = ", ".join(mixes.parts), mixes.key[0]
    return f"""
        select
            {columns},
            least({parts}) as least_share_pct,
            greatest({parts}) as most_share_pct,
            {" + ".join(mixes.parts)} as sum_pct
        from marts.{mixes.table}
        where {period} = any(array(select {period} from staging.{mixes.pending}))
    """  # noqa: S608 - names of ours
