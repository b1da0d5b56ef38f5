"""Taking what Elexon publishes today into the catalogue: what it says is replaced, what we decided stays."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from include.sources.elexon.catalogue import Catalogue, Entry, guessed
from include.sources.elexon.discovery import drift_of
from include.sources.elexon.openapi import Described

CHANGED = "; columns keep their type, unless a migration of yours changes them first"


class Adopted(NamedTuple):
    """A catalogue with what is published today, and what of it was new, a line each."""

    catalogue: Catalogue
    told: list[str]


def adopted(catalogue: Catalogue, documented: Mapping[str, Described]) -> Adopted:
    """Return the catalogue with what the OpenAPI document says.

    New datasets are loaded by a guess. What has vanished stays, since rows of it are held; so do fields of a key.
    """
    entries, told = dict(catalogue), list[str]()
    for code, published in documented.items():
        known = catalogue.get(code)
        drift = drift_of(published, known.published if known else None)
        if drift is None:
            continue
        if known is None:
            try:
                entries[code] = Entry(published=published, loaded=guessed(published))
            except ValueError as error:
                told.append(f"{code}: new, but {error}")
                continue
            told.append(f"{code}: {drift}, kept by windows; its key is a guess: {', '.join(entries[code].loaded.key)}")
        else:
            entries[code] = Entry(published=_with_lost(published, known), loaded=known.loaded)
            told.append(f"{code}: {drift}{CHANGED if ' and was ' in drift else ''}")
    told += [
        f"{code}: vanished; its entry stays, as rows of it are held" for code in catalogue if code not in documented
    ]
    return Adopted(entries, told)


def _with_lost(published: Described, known: Entry) -> Described:
    """Return what is published, with the fields that are known as they are, and those that are new behind them.

    Fields that it has lost keep their columns, and are null from now on. A column changes its type only by a migration
    that somebody writes.
    """
    fields = {
        name: kind if name in published.fields or kind.endswith("?") else f"{kind}?"
        for name, kind in known.published.fields.items()
    }
    return msgspec.structs.replace(
        published, fields=fields | {n: _nullable(k) for n, k in published.fields.items() if n not in fields}
    )


def _nullable(kind: str) -> str:
    """Return a kind that may be null: rows that came before have nothing in a column that is new."""
    return kind if kind.endswith("?") else f"{kind}?"
