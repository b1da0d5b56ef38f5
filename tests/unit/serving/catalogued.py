"""Entries of the catalogue, shaped by hand: sound ones of a publisher that there is not, unless told otherwise."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from include.serving.catalogue import Entry
from include.serving.datasets import DeclaredDataset

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
SAME: Any = object()


def declared(name: str, **changes: Any) -> DeclaredDataset:
    """A dataset of half-hours that nothing is published of."""
    told: dict[str, Any] = {each.name: None for each in fields(DeclaredDataset)}
    told |= {"name": name, "title": name.title(), "publisher": "tide", "publisher_title": "Tide Office"}
    told |= {"attribution": "Contains tides", "licence": "Open", "licence_url": "https://tide.test/licence"}
    return DeclaredDataset(**told | {"step": timedelta(minutes=30), "last_known_at": NOW, "failed_loads": 0} | changes)


def entry(name: str, dataset: DeclaredDataset | None = SAME, **changes: Any) -> Entry:
    """What was just loaded, and had nothing amiss; without a dataset, a name that none is loaded under."""
    told: dict[str, Any] = {each.name: None for each in fields(Entry)}
    told |= {"name": name, "title": name.title(), "publisher": "tide", "publisher_title": "Tide Office", "days": ()}
    told |= {"declared": declared(name) if dataset is SAME else dataset, "loaded_at": NOW if dataset else None}
    return Entry(**told | changes)
