"""`gridloom elexon`: what Elexon publishes, and the catalogue by which it is loaded."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor
from rich.table import Table

from include.commands import analyst, terminal
from include.commands.terminal import about, as_text, out
from include.deployment import Deployment
from include.ingestion.errors import LastingError, PassingError
from include.local.errors import LocalError
from include.local.simulated import publishers_in_use
from include.sources.elexon import catalogue, generated
from include.sources.elexon.adopting import adopted
from include.sources.elexon.discovery import read_openapi
from include.sources.elexon.pipeline import ELEXON_LIVE_INTAKE
from include.warehouse import Role, session

NOT_DISCOVERED = (
    "Elexon was not looked at yet; what stands here is the committed catalogue: gridloom run elexon_discovery"
)
_FOUND = "select * from ops.elexon_datasets order by code"


def datasets(text: str | None, *, only_drift: bool, as_json: bool) -> None:
    """Print what was last found of each dataset, those whose code or title has a text."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    with session(analyst.reachable(settings, home).dsn(Role.SCREENS), application="gridloom elexon") as reader:
        rows = _found(reader)
    if not rows:
        about.print(NOT_DISCOVERED, style="yellow", markup=False)
        rows = [_as_committed(code, entry) for code, entry in catalogue.committed().items()]
    wanted = [row for row in rows if _is_wanted(row, text, only_drift=only_drift)]
    if as_json:
        print(json.dumps(wanted, default=str, indent=2))
    else:
        _print_table(wanted)


def adopt(*, only_checks: bool) -> bool:
    """Take what Elexon publishes today into the committed catalogue, and write what follows; tell whether it differed.

    Raises LocalError where Elexon does not answer.
    """
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    with publishers_in_use(settings, home) as given:
        deployment = Deployment(given, analyst.reachable(settings, home).dsn)
        try:
            with deployment.session(Role.LOADER) as loader, ELEXON_LIVE_INTAKE.opened(deployment, loader) as client:
                documented = read_openapi(client)
        except (PassingError, LastingError) as error:
            raise LocalError(f"Elexon's OpenAPI document cannot be had: {error}") from error
    changed = adopted(catalogue.committed(), documented)
    for line in changed.told:
        out.print(line, markup=False)
    if not changed.told:
        about.print("the committed catalogue is as Elexon publishes it")
    elif only_checks:
        about.print("nothing was written; to take it in: gridloom elexon adopt")
    else:
        catalogue.FILE.write_bytes(catalogue.written(changed.catalogue))
        _write_generated(changed.catalogue)
        about.print("commit what was written, then bring the warehouse up to it: gridloom migrate")
    return bool(changed.told)


def generate(*, only_checks: bool) -> bool:
    """Write what follows from the committed catalogue; tell whether anything was stale."""
    if only_checks:
        stale = generated.stale(catalogue.committed())
        for path in stale:
            out.print(f"stale: {path}", markup=False)
        return bool(stale)
    return _write_generated(catalogue.committed())


def _write_generated(entries: catalogue.Catalogue) -> bool:
    written = generated.write(entries)
    about.print(f"{len(written)} files written or removed in {generated.FOLDER}", markup=False)
    return bool(written)


def _found(reader: Any) -> list[dict[str, Any]]:
    try:
        with reader.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(_FOUND)
            return [dict(row) for row in cursor.fetchall()]
    except psycopg2.errors.UndefinedTable as error:
        raise LocalError("this warehouse is older than this code; bring it up: gridloom migrate") from error


def _as_committed(code: str, entry: catalogue.Entry) -> dict[str, Any]:
    described = entry.published
    return {
        "code": code,
        "title": described.title,
        "parameter_family": entry.loaded.asked_by.value,
        "parameters": described.stream or described.plain,
        "largest_window": catalogue.largest_window(described, entry.loaded),
        "natural_key": entry.loaded.key,
        "fields": described.fields,
        "is_usable": None,
        "reason": "not looked at yet",
    }


def _is_wanted(row: Mapping[str, Any], text: str | None, *, only_drift: bool) -> bool:
    if only_drift and not row.get("drift"):
        return False
    return text is None or text.lower() in f"{row['code']} {row['title'] or ''}".lower()


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("code", "title", "updated (UTC)", "rows held", "can be loaded", "drift"):
        table.add_column(heading, justify="right" if heading == "rows held" else "left")
    for row in rows:
        held = row.get("rows_held")
        table.add_row(
            row["code"],
            as_text(row["title"] or ""),
            _instant(row.get("last_updated_at")),
            "" if held is None else f"{held:,}",
            as_text(f"{_yes(row['is_usable'])}{row['reason']}"),
            as_text(row.get("drift") or ""),
        )
    out.print(table)
    about.print(f"{len(rows):,} names, {sum(bool(row['is_usable']) for row in rows):,} can be loaded")


def _yes(is_usable: bool | None) -> str:
    return "" if is_usable is None else "yes: " if is_usable else "no: "


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""
