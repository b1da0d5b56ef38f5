"""Writes a file whole or not at all: it is made in a folder beside its place, and then put there."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pyarrow as pa

from include.serving.exports import csv_metadata
from include.serving.exports.columns import Column
from include.serving.exports.content import Content
from include.serving.exports.csv_file import CsvFile
from include.serving.exports.errors import ExportError
from include.serving.exports.formats import FileFormat
from include.serving.exports.parquet_file import ParquetFile
from include.serving.exports.rows import Rows
from include.serving.exports.xlsx_file import XlsxFile


@dataclass(frozen=True)
class Target:
    """Where the rows go, and as what."""

    file: Path
    format: FileFormat
    has_metadata: bool = True
    """Whether a CSV gets a file with its units beside it; the other formats hold them."""
    replaces: bool = False
    """Whether a file that is there already may go."""

    @property
    def side_file(self) -> Path | None:
        """The file beside it that tells of it."""
        return csv_metadata.beside(self.file) if self.format is FileFormat.CSV else None

    def check(self) -> None:
        """Raise ExportError where the file cannot be put there."""
        if not self.file.parent.is_dir():
            raise ExportError(f"there is no folder {self.file.parent}; make it first")
        if self.file.is_dir():
            raise ExportError(f"{self.file} is a folder; name a file in it")
        there = [each for each in (self.file, self.side_file) if each is not None and os.path.lexists(each)]
        if there and not self.replaces:
            raise ExportError(f"{there[0]} is there already; --force replaces it")


@dataclass(frozen=True)
class Written:
    """What was written."""

    rows: int
    size_bytes: int
    """Of the file itself."""


class File(Protocol):
    """A file that takes rows as they come."""

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows."""

    def close(self) -> None:
        """End the file."""


def write(rows: Rows, content: Content, target: Target, tell: Callable[[int], None]) -> Written:
    """Write rows into a file, and say now and then how many are written.

    Raises ExportError, OSError, and what reading the rows raises; then there is no file, or the one that was there.
    """
    target.check()
    count = 0
    with _appearing(target) as draft:
        file = _opened(target.format, draft, rows.columns, content)
        for batch in rows.batches:
            file.write(batch)
            count += batch.num_rows
            tell(count)
        # Not where it was broken off: to end a spreadsheet takes its time, and what was made of it goes.
        file.close()
        if target.side_file and target.has_metadata:
            csv_metadata.write(draft, rows.columns, content)
        size_bytes = draft.stat().st_size
    return Written(count, size_bytes)


def write_whole(target: Target, make: Callable[[Path], None]) -> int:
    """Have a file made elsewhere and put it in its place once it is whole; return its size (bytes).

    Raises ExportError, OSError and what making it raises; then there is no file, or the one that was there.
    """
    target.check()
    with _appearing(target) as draft:
        make(draft)
        return draft.stat().st_size


def _opened(kind: FileFormat, draft: Path, columns: Sequence[Column], content: Content) -> File:
    match kind:
        case FileFormat.CSV:
            return CsvFile.of(draft, columns)
        case FileFormat.PARQUET:
            return ParquetFile.of(draft, columns, content)
        case FileFormat.XLSX:
            return XlsxFile(draft, columns, content)


@contextmanager
def _appearing(target: Target) -> Iterator[Path]:
    """Have a file made elsewhere, and put it in its place with what lies beside it once it is whole."""
    with TemporaryDirectory(dir=target.file.parent, prefix=f".{target.file.name}.") as folder:
        draft = Path(folder) / target.file.name
        yield draft
        target.check()
        # What tells of the rows is there before them; what told of those that go, goes with them.
        if target.side_file:
            target.side_file.unlink(missing_ok=True)
        for made in sorted(Path(folder).iterdir(), key=lambda each: each == draft):
            _keep(made)
            made.replace(target.file.with_name(made.name))


def _keep(file: Path) -> None:
    """Have the disk hold a file before it gets its name."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
