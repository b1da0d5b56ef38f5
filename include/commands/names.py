"""Words the command line takes, kept apart from what they set in motion, so that `--help` is quick."""

from enum import StrEnum


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class RoleName(StrEnum):
    """A login of daily work; see include.warehouse.Role."""

    LOADER = "loader"
    TRANSFORMER = "transformer"
    ANALYST = "analyst"


class KnownHistory(StrEnum):
    """What a model is given at a past origin."""

    KNOWN = "known"
    """What was known then."""
    LATEST = "latest"
    """What is known now of all that had ended an hour before."""
