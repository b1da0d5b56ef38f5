"""What Elexon's catalogue is compared with: the recorded OpenAPI document, and recorded answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from include.sources.elexon.openapi import Described, described


@pytest.fixture(scope="session")
def recorded(real_data: Path) -> Path:
    folder = real_data / "elexon"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    return folder


@pytest.fixture(scope="session")
def document(recorded: Path) -> dict[str, Any]:
    """The OpenAPI document as Elexon published it in August 2026."""
    read: dict[str, Any] = json.loads((recorded / "openapi" / "insights_openapi_2026-08.json").read_bytes())
    return read


@pytest.fixture(scope="session")
def documented(document: dict[str, Any]) -> Mapping[str, Described]:
    return described(document)
