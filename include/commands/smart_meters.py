"""`gridloom smart-meters`: delete readings for good, and make pseudonyms with another key."""

import secrets
from datetime import date

import typer
from rich.prompt import Confirm

from include.commands import terminal
from include.commands.terminal import about
from include.ingestion.pseudonyms import Pseudonyms, make_anew
from include.local.errors import LocalError
from include.settlement import day_started_at
from include.sources.smart_meter import persons
from include.sources.smart_meter.datasets import READINGS
from include.warehouse import Connection, Role, Warehouse, fetch_value, session


def forget(*, before: date | None, meter: str | None, is_sure: bool) -> None:
    """Delete readings before a day, or those of a meter, or of a meter before a day; tell how many rows went."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    if before is None and meter is None:
        raise LocalError("say what to delete: --before DATE, --meter ID, or both")
    with session(Warehouse.of(settings, home).dsn(Role.LOADER), application="gridloom smart-meters") as loader:
        number = None if meter is None else _number(loader, meter)
        said = " ".join([*(["of this meter"] if meter else []), *([f"before {before}"] if before else [])])
        if not is_sure and not Confirm.ask(f"Delete all readings {said}, every version, for good?", console=about):
            raise typer.Exit(1)
        bound = None if before is None else day_started_at(before)
        with loader:
            deleted = fetch_value(loader, "select ops.forget(%s, %s, %s)", (READINGS.name, number, bound))
    about.print(
        f"{deleted:,} versions of readings are deleted; sums of many meters stay. It is on record in ops.deletions"
    )


def _number(loader: Connection, meter: str) -> int:
    statement = "select number from raw.pseudonyms where subject = %s and %s in (identifier, pseudonym)"
    number = fetch_value(loader, statement, (persons.METERPOINT, meter))
    if number is None:
        raise LocalError("nothing is held of this meter; give its id, or its pseudonym")
    return int(number)


def rotate_key() -> None:
    """Make all pseudonyms with the key that is set now, or, where none is, with one that is generated."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    generated = None if settings.smart_meter_pseudonym_key else secrets.token_urlsafe(24)
    key = generated.encode() if generated else persons.key(settings)
    subjects = [Pseudonyms(subject, key) for subject in (persons.METERPOINT, persons.FILE)]
    with session(Warehouse.of(settings, home).owner_dsn, application="gridloom smart-meters") as owner:
        made = make_anew(owner, subjects)
    if generated:
        home.replace_secret(persons.KEY, generated)
    about.print(f"{made:,} pseudonyms are made anew, in all tables at once; the former ones stand nowhere any more")
