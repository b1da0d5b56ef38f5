"""Answers what pretrained models foresee: `python -m include.forecasting.pretrained`, by `make forecasts`' Python.

It reads one JSON object from stdin and writes one to stdout:

    {"half_hours": 98, "series": [[30211.0, null, …], …], "models": {"fracast": null, "chronos": "folder or hub model"}}
    {"fracast": {"version": "0.1.0 3fa1…", "quantiles": [[[10 %, 50 %, 90 %], … half-hours], … series]},
     "chronos": {"absent": "why"}}

It imports no library of Airflow's environment, and is handed no secret.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.forecasting.pretrained import CONTEXT

LEVELS = [0.1, 0.5, 0.9]
WEIGHTS = ("model.safetensors", "pytorch_model.bin")

Series = Sequence[NDArray[np.float32]]
# Returns the version, and quantiles of shape (series, half-hours, 3).
Ask = Callable[[str | None, Series, int], tuple[str, NDArray[np.float64]]]


def main() -> None:
    """Answer one question. What libraries print goes to stderr."""
    question = json.load(sys.stdin)
    series = [np.array(values, dtype=np.float32) for values in question["series"]]
    with contextlib.redirect_stdout(sys.stderr):
        answers = {
            name: _answer(ASKED[name], source, series, question["half_hours"])
            for name, source in question["models"].items()
        }
    json.dump(answers, sys.stdout)


def _answer(ask: Ask, source: str | None, series: Series, half_hours: int) -> dict[str, Any]:
    try:
        told, quantiles = ask(source, series, half_hours)
    except (ImportError, OSError, ValueError, RuntimeError, KeyError) as error:
        # A folder without a model, a hub that cannot be reached, weights that do not fit: one model, not all of them.
        return {"absent": " ".join(f"{type(error).__name__}: {error}".split())[:300]}
    return {"version": told, "quantiles": quantiles.tolist()}


def _fracast(source: str | None, series: Series, half_hours: int) -> tuple[str, NDArray[np.float64]]:
    import fracast  # noqa: PLC0415 - seconds that only this model should cost
    import torch  # noqa: PLC0415

    # It is so small that a second thread waits more than it does.
    torch.set_num_threads(1)
    model = fracast.FracastModel.from_pretrained(source)
    folder = Path(source) if source else Path(fracast.__file__).parent / "weights"
    levels = [model.quantiles.index(level) for level in LEVELS]
    together = np.stack([np.pad(values, (CONTEXT - len(values), 0), constant_values=np.nan) for values in series])
    made = np.asarray(model.forecast_batch(together, horizon=half_hours), dtype=float)[..., levels]
    return f"{version('fracast')} {_digest(folder)}", made


def _chronos(source: str | None, series: Series, half_hours: int) -> tuple[str, NDArray[np.float64]]:
    import torch  # noqa: PLC0415
    from chronos import BaseChronosPipeline  # noqa: PLC0415

    torch.set_num_threads(os.cpu_count() or 1)
    pipeline = BaseChronosPipeline.from_pretrained(str(source), device_map="cpu")
    contexts = [torch.from_numpy(values) for values in series]
    quantiles, _ = pipeline.predict_quantiles(contexts, prediction_length=half_hours, quantile_levels=LEVELS)
    # Bolt gives a tensor of all series, Chronos-2 a list of tensors with an axis for the parts of a series.
    made = np.array([np.asarray(each, dtype=float).reshape(half_hours, len(LEVELS)) for each in quantiles])
    folder = Path(str(source))
    name = folder.name if folder.is_dir() else source
    return f"{version('chronos-forecasting')} {name} {_digest(folder)}".strip(), made


def _digest(folder: Path) -> str:
    """Return what changes with the weights in a folder; nothing of a model that a hub has."""
    for path in (folder / name for name in WEIGHTS):
        if path.is_file():
            with path.open("rb") as weights:
                return hashlib.file_digest(weights, "blake2b").hexdigest()[:16]
    return ""


ASKED: dict[str, Ask] = {"fracast": _fracast, "chronos": _chronos}

if __name__ == "__main__":
    main()
