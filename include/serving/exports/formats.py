"""The kinds of files there are. Nothing that is slow is imported here: `gridloom --help` reads it."""

from enum import StrEnum
from pathlib import Path

from include.serving.exports.errors import ExportError


class FileFormat(StrEnum):
    """A kind of file, named by the ending it has."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


def format_of(file: Path) -> FileFormat:
    """Return the format that the ending of a file's name stands for. Raises ExportError where it stands for none."""
    try:
        return FileFormat(file.suffix.lower().removeprefix("."))
    except ValueError:
        known = ", ".join(f".{each}" for each in FileFormat)
        raise ExportError(f"{file.name} ends in none of {known}; say --format csv, parquet or xlsx") from None
