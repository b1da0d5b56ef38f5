"""A file appears whole or not at all, and nothing is left lying beside it."""

from dataclasses import replace

import pyarrow as pa
import pytest

from include.serving.exports import files
from include.serving.exports.columns import Column
from include.serving.exports.errors import ExportError
from include.serving.exports.files import Target
from include.serving.exports.formats import FileFormat
from include.serving.exports.rows import Rows
from tests.exported import CONTENT, batch

COLUMNS = (Column("n", pa.int32()),)


class BrokenError(Exception):
    """The server went away."""


def rows(*, breaks: bool = False) -> Rows:
    def batches():
        yield batch(COLUMNS, (1,), (2,))
        if breaks:
            raise BrokenError
        yield batch(COLUMNS, (3,))

    return Rows(COLUMNS, batches())


def target(tmp_path, kind: FileFormat, **said) -> Target:
    return Target(tmp_path / f"rows.{kind}", kind, **said)


@pytest.mark.parametrize("kind", FileFormat)
def test_a_file_is_there_once_it_is_whole_and_its_rows_are_counted(tmp_path, kind):
    told = []
    wanted = target(tmp_path, kind)
    written = files.write(rows(), CONTENT, wanted, told.append)
    assert (written.rows, written.size_bytes) == (3, wanted.file.stat().st_size)
    assert told == [2, 3]
    beside = {"rows.csv-metadata.json"} if kind is FileFormat.CSV else set()
    assert {each.name for each in tmp_path.iterdir()} == {wanted.file.name, *beside}


@pytest.mark.parametrize("kind", FileFormat)
def test_what_breaks_off_leaves_nothing(tmp_path, kind):
    with pytest.raises(BrokenError):
        files.write(rows(breaks=True), CONTENT, target(tmp_path, kind), print)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FileFormat)
def test_what_breaks_off_leaves_the_file_that_was_there(tmp_path, kind):
    wanted = target(tmp_path, kind, replaces=True)
    wanted.file.write_text("as it was")
    with pytest.raises(BrokenError):
        files.write(rows(breaks=True), CONTENT, wanted, print)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["as it was"]


def test_a_file_that_is_there_is_replaced_only_where_that_is_said(tmp_path):
    wanted = target(tmp_path, FileFormat.CSV)
    files.write(rows(), CONTENT, wanted, print)
    with pytest.raises(ExportError, match=r"rows\.csv is there already; --force replaces it"):
        files.write(rows(), CONTENT, wanted, print)
    assert files.write(rows(), CONTENT, replace(wanted, replaces=True), print).rows == 3


def test_one_that_came_while_rows_were_written_is_kept(tmp_path):
    wanted = target(tmp_path, FileFormat.PARQUET)
    with pytest.raises(ExportError, match="is there already"):
        files.write(rows(), CONTENT, wanted, lambda _: wanted.file.write_text("another's"))
    assert [each.read_text() for each in tmp_path.iterdir()] == ["another's"]


def test_metadata_of_a_file_that_is_replaced_go_with_it(tmp_path):
    wanted = target(tmp_path, FileFormat.CSV)
    files.write(rows(), CONTENT, wanted, print)
    files.write(rows(), CONTENT, replace(wanted, has_metadata=False, replaces=True), print)
    assert [each.name for each in tmp_path.iterdir()] == ["rows.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"there is no folder .*nowhere; make it first"):
        Target(tmp_path / "nowhere" / "rows.csv", FileFormat.CSV).check()
    with pytest.raises(ExportError, match="is a folder; name a file in it"):
        Target(tmp_path, FileFormat.CSV).check()


def test_a_file_has_the_rights_of_any_other(tmp_path):
    files.write(rows(), CONTENT, target(tmp_path, FileFormat.PARQUET), print)
    (tmp_path / "any").touch()
    assert (tmp_path / "rows.parquet").stat().st_mode == (tmp_path / "any").stat().st_mode
