"""Who is asked for forecasts: models of numpy one by one, pretrained ones all at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from include.forecasting.history import TooLittleHistoryError
from include.forecasting.model import Asked, Model


@dataclass(frozen=True)
class Answer:
    """What a model foresees: quantiles of shape (96, 3), in the unit of the target."""

    model: str
    version: str
    asked: Asked
    quantiles: NDArray[np.float64]
    has_own_interval: bool = False
    """Whether the interval is the model's own idea, and not made of its past errors."""


@dataclass(frozen=True)
class Absent:
    """A model that has no answer, and why."""

    model: str
    because: str
    asked: Asked | None = None
    """The question that it has no answer to; None for all."""


class Panel(Protocol):
    """Some models."""

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer | Absent]:
        """Yield an answer to each question by each model, or that a model is absent."""


@dataclass(frozen=True)
class InTurn:
    """Models that are asked one after the other, in this process."""

    models: Sequence[Model]

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer | Absent]:
        """Yield an answer to each question by each model, or why it has none: a history may have too many holes."""
        for model in self.models:
            for each in asked:
                try:
                    yield Answer(model.name, model.version, each, model.forecast(each))
                except TooLittleHistoryError as error:
                    yield Absent(model.name, str(error), each)
