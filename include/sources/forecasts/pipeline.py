"""How forecasts come to `analytics`: made of what others have published, judged, and set beside what came true."""

from include.pipeline import Pipeline
from include.release import Release
from include.sources.forecasts.datasets import FORECASTS, INPUTS, PUBLISHED_FORECASTS
from include.sources.forecasts.intake import ForecastIntake

PIPELINES = (
    Pipeline(
        dag_id="forecasts",
        intake=ForecastIntake(),
        releases=(
            Release(
                "forecasts",
                reads=(FORECASTS,),
                reads_beside=tuple(dict.fromkeys((*INPUTS.values(), *PUBLISHED_FORECASTS))),
                follows=("elexon_live", "neso_generation_mix", "carbon_intensity"),
                suites="include.sources.forecasts.suites",
            ),
        ),
    ),
)
