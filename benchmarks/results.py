"""What was measured, kept as JSON: one file for each section, so that each can be measured again by itself."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results"
GIB = 1 << 30


def keep(section: str, measured: dict[str, Any], *, server_version: str) -> None:
    """Write a section's figures, with the date and the machine they were measured on."""
    measured = {
        "machine": machine(server_version),
        "measured_at": datetime.now(UTC).isoformat("T", "minutes"),
        **measured,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{section}.json").write_text(json.dumps(measured, indent=2) + "\n")


def kept(section: str) -> dict[str, Any] | None:
    """Return a section's figures, or None where it was never measured."""
    path = RESULTS / f"{section}.json"
    return dict(json.loads(path.read_text())) if path.exists() else None


def machine(server_version: str) -> dict[str, Any]:
    """Return what the figures depend on. The load is that of the last five minutes, this benchmark's own included."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / GIB),
        "system": platform.system(),
        "postgresql": server_version,
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[1], 1),
    }


def load_average() -> float:
    """Return the machine's load of the last minute, which is to stand beside a figure that is taken once."""
    return round(os.getloadavg()[0], 1)


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Return median, least, greatest and number of some measurements."""
    rounded = [round(value, 4) for value in values]
    return {"median": round(median(rounded), 4), "min": min(rounded), "max": max(rounded), "n": len(rounded)}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of the measurements do not exceed."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 4)
