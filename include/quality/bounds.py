"""The check that is made most: a figure lies between two bounds."""

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
