"""Which models are asked: those of numpy always, pretrained ones where they are installed."""

from collections.abc import Mapping, Sequence

from include.forecasting.model import Model
from include.forecasting.naive import NAIVE_DAY, NAIVE_WEEK
from include.forecasting.panel import InTurn, Panel
from include.forecasting.pretrained.panel import Pretrained
from include.forecasting.ridge import RIDGE
from include.settings import Settings

OWN: Mapping[str, Model] = {model.name: model for model in (NAIVE_DAY, NAIVE_WEEK, RIDGE)}


def panels(settings: Settings) -> Sequence[Panel]:
    """Return who is asked for forecasts."""
    return (InTurn(tuple(OWN.values())), Pretrained(settings.forecasts_python, settings.chronos_model))
