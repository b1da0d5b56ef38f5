"""The checks that are made most: a figure lies between two bounds; something never is there."""

from include.quality.expectations import gxe
from include.quality.subject import Check


def between(
    name: str,
    column: str,
    lowest: float | None,
    highest: float | None,
    *,
    says: str,
    because: str,
    only_warns: bool = False,
) -> Check:
    """Return the check that a column lies between two bounds, both included; what is null is passed over.

    `says` ends a sentence that tells readers what must hold, `because` is the reason for the bounds.
    """
    return Check(
        name,
        gxe.ExpectColumnValuesToBeBetween(
            column=column,
            min_value=lowest,
            max_value=highest,
            severity="warning" if only_warns else "critical",
            description=says,
            notes=because,
        ),
    )


def never(name: str, column: str, value: str, *, says: str, because: str) -> Check:
    """Return the check, which only warns, that a column never has a value; `says` and `because` as above."""
    return Check(
        name,
        gxe.ExpectColumnValuesToNotBeInSet(
            column=column, value_set=[value], severity="warning", description=says, notes=because
        ),
    )
