"""The staging models, written from the catalogue: a view of the latest of each row, for the models of a release."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from include.settings import REPOSITORY
from include.sources.elexon.catalogue import Catalogue, Entry, Kept, snake_case
from include.sources.elexon.datasets import table_name
from include.sources.elexon.routes import BESIDE

FOLDER = REPOSITORY / "dbt_project" / "models" / "staging" / "elexon"
_SQL = """\
with built as (
    {{{{ {macro}(
        source('elexon', '{dataset}'), '{dataset}', '{release}'{key}
    ) }}}}
)

select
    {columns}
from built
"""
_WRITTEN_BY = "# Written by `gridloom elexon generate` from include/sources/elexon/catalogue.json.\n"
_MODEL_YML = (
    _WRITTEN_BY
    + """\
models:
  - name: {name}
    description: >-
{description}    config: {{tags: [{release}]}}
    columns:
{columns}"""
)
_SOURCE_YML = (
    _WRITTEN_BY
    + """\
sources:
  - name: elexon
    schema: raw
    description: What Elexon said, as published. Loaded by the DAGs elexon_live and elexon_daily.
    tables:
{tables}"""
)
WIDTH = 120


def files(catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    """Yield each file that follows from a catalogue, by its path."""
    yield FOLDER / "elexon.yml", _source(catalogue)
    for code, entry in catalogue.items():
        name = f"stg_elexon__{table_name(code)}"
        yield FOLDER / f"{name}.sql", _model(code, entry)
        yield FOLDER / f"{name}.yml", _description(code, entry)


def write(catalogue: Catalogue) -> list[Path]:
    """Write what has changed, and remove what no dataset has any more; return what was written or removed."""
    wanted, changed = dict(files(catalogue)), stale(catalogue)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in changed:
        if path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
    return changed


def stale(catalogue: Catalogue) -> list[Path]:
    """Return the files that are not as they follow from a catalogue, or do not follow from it at all."""
    wanted = dict(files(catalogue))
    gone = [path for path in FOLDER.glob("*") if path not in wanted]
    return sorted([*gone, *(path for path, text in wanted.items() if not path.is_file() or path.read_text() != text)])


def release_of(entry: Entry) -> str:
    """Return the release whose models read a dataset, else the one that publishes it as raw has it."""
    return entry.loaded.modelled_in or ("elexon_daily" if entry.loaded.is_daily else "elexon_live")


def _model(code: str, entry: Entry) -> str:
    is_by_window = entry.loaded.kept is Kept.WINDOWS
    key = ", ".join(f"'{snake_case(name)}'" for name in entry.loaded.key)
    return _SQL.format(
        macro="built_windows" if is_by_window else "built_rows",
        dataset=f"elexon_{table_name(code)}",
        release=release_of(entry),
        key="" if is_by_window else f",\n        key=[{key}]",
        columns=",\n    ".join([*map(snake_case, entry.published.fields), "version_id", "known_at"]),
    )


def _description(code: str, entry: Entry) -> str:
    key = ", ".join(map(snake_case, entry.loaded.key))
    described = f"{entry.published.title} ({code}), as far as the current build may read, one row per {key}."
    columns = [(snake_case(name), f"{name}, as published.") for name in entry.published.fields]
    columns += [(name, f"{{{{ doc('{name}') }}}}") for name in ("version_id", "known_at")]
    return _MODEL_YML.format(
        name=f"stg_elexon__{table_name(code)}",
        description=_folded(described, indent=6),
        release=release_of(entry),
        columns="".join(f'      - {{name: {name}, description: "{told}"}}\n' for name, told in columns),
    )


def _source(catalogue: Catalogue) -> str:
    told = {f"elexon_{table_name(code)}": _of_catalogue(code, entry) for code, entry in catalogue.items()}
    told |= {each.name: f"{each.title}, one row per {', '.join(each.key)} and version." for each in BESIDE}
    tables = (
        f"      - name: {name}\n        description: >-\n" + _folded(description, indent=10)
        for name, description in told.items()
    )
    return _SOURCE_YML.format(tables="".join(tables))


def _of_catalogue(code: str, entry: Entry) -> str:
    return f"{entry.published.title} ({code}), {_grain(entry)}."


def _grain(entry: Entry) -> str:
    key = ", ".join(map(snake_case, entry.loaded.key))
    return f"one row per {key} and {'answer' if entry.loaded.kept is Kept.WINDOWS else 'version'}"


def _folded(text: str, *, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=margin, subsequent_indent=margin) + "\n"
