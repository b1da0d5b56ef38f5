"""`gridloom export xlsx`: what the grid is doing now as a workbook."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from include.commands import analyst, grid_now, terminal
from include.commands.terminal import about
from include.local.errors import LocalError
from include.serving.exports import files
from include.serving.exports.errors import ExportError
from include.serving.exports.files import Target
from include.serving.exports.formats import FileFormat, format_of
from include.serving.latest import TABLE
from include.serving.workbook import xlsx
from include.serving.workbook.grid_now import workbook_of

APPLICATION = "gridloom export"
FILE = "grid-now.xlsx"


@dataclass(frozen=True)
class Request:
    """Where the workbook goes."""

    file: Path | None
    """None has it named by itself, in the directory that the command is typed in."""
    replaces: bool


def read_request(
    file: Path | None, given: FileFormat | None, start: str | None, end: str | None, *, replaces: bool
) -> Request:
    """Return what the command line asks for. Raises LocalError where it does not fit together."""
    if start or end:
        raise LocalError("--start and --end are for tables; the workbook tells of now")
    try:
        kind = given or (FileFormat.XLSX if file is None else format_of(file))
    except ExportError as error:
        raise LocalError(str(error)) from error
    if kind is not FileFormat.XLSX:
        raise LocalError(f"the workbook is XLSX; for {kind} name the table: gridloom export {TABLE} --format {kind}")
    return Request(file, replaces)


def export(request: Request) -> None:
    """Write the workbook and say what is in it. Raises LocalError with the reason where there is none."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = analyst.reachable(settings, home)
    file = request.file or Path(f"{'simulated-' if home.is_simulated else ''}{FILE}")
    target = Target(file, FileFormat.XLSX, replaces=request.replaces)
    try:
        target.check()
        workbook = workbook_of(grid_now.read(warehouse, home, APPLICATION))
        size_bytes = files.write_whole(target, partial(xlsx.write, workbook))
    except ExportError as error:
        raise LocalError(str(error)) from error
    except OSError as error:
        raise LocalError(f"cannot write {file}: {error}") from error
    sheets = ", ".join(sheet.name for sheet in workbook.sheets)
    about.print(f"{file}: {sheets}; {size_bytes:,} bytes", markup=False)
