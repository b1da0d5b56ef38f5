"""Asks pretrained models, in a process of their own: torch is never imported by who asks."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from include.forecasting.history import HALF_HOURS
from include.forecasting.model import Asked, as_forecast
from include.forecasting.panel import Absent, Answer
from include.forecasting.pretrained import CONTEXT
from include.programs import python as python_command
from include.settings import REPOSITORY

WITHIN_S = 300
# Threads that wait for each other give way to other processes meanwhile.
GIVES_WAY = {"OMP_WAIT_POLICY": "PASSIVE"}
# What the process is given of our environment: no secret, and what finds a hub's cache and a proxy.
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "HF_HOME", "HF_HUB_OFFLINE", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
NOT_INSTALLED = "it is not installed; make forecasts brings it"
NOT_NAMED = "GRIDLOOM_CHRONOS_MODEL names no folder and no hub model"


@dataclass(frozen=True)
class Pretrained:
    """The models that stand on torch."""

    python: Path
    """The Python of `make forecasts`."""
    chronos_model: str | None = None
    """A folder, or a model of the hub; None leaves chronos out."""

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer | Absent]:
        """Yield an answer to each question by each model, or that a model is absent."""
        wanted: dict[str, str | None] = {"fracast": None}
        if self.chronos_model is not None:
            wanted["chronos"] = self.chronos_model
        else:
            yield Absent("chronos", NOT_NAMED if self.python.is_file() else NOT_INSTALLED)
        if not self.python.is_file():
            yield from (Absent(model, NOT_INSTALLED) for model in wanted)
        elif asked:
            yield from self._asked(asked, wanted)

    def _asked(self, asked: Sequence[Asked], wanted: Mapping[str, str | None]) -> Iterator[Answer | Absent]:
        try:
            answers = _ask(self.python, asked, wanted)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            because = " ".join(f"the process that asks it failed: {error}".split())
            yield from (Absent(model, because) for model in wanted)
            return
        for model, answer in answers.items():
            if "absent" in answer:
                yield Absent(model, answer["absent"])
            else:
                yield from _answers(model, answer, asked)


def _ask(python: Path, asked: Sequence[Asked], wanted: Mapping[str, str | None]) -> Mapping[str, Any]:
    """Return what the process answers. Raises OSError, SubprocessError or ValueError where it does not."""
    question = {
        "half_hours": HALF_HOURS + max(each.gap for each in asked),
        "series": [_series(each) for each in asked],
        "models": wanted,
    }
    done = subprocess.run(  # noqa: S603 - our own program
        python_command(__package__, by=str(python)),
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
        env={**_passed_on(), **GIVES_WAY, "PYTHONPATH": str(REPOSITORY)},
    )
    if done.returncode != 0:
        raise ValueError(next(reversed(done.stderr.strip().splitlines()), f"it ended with {done.returncode}"))
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def _passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _series(asked: Asked) -> list[float | None]:
    values = asked.history.values[-CONTEXT:]
    return [None if np.isnan(value) else float(value) for value in values]


def _answers(model: str, answer: Mapping[str, Any], asked: Sequence[Asked]) -> Iterator[Answer]:
    for each, quantiles in zip(asked, answer["quantiles"], strict=True):
        # What lies behind the first decimal depends on how torch shares its work.
        ahead = np.round(np.array(quantiles)[each.gap : each.gap + HALF_HOURS], 1)
        yield Answer(model, answer["version"], each, as_forecast(ahead, each.target), has_own_interval=True)
