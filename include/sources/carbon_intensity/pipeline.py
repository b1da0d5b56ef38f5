"""How the API's forecasts and actuals go to `analytics`, and how they are set against NESO's own figure."""

from include.ingestion.pace import Rate
from include.intake.asked import ApiIntake
from include.pipeline import Pipeline
from include.release import Release
from include.sources.carbon_intensity import api
from include.sources.carbon_intensity.datasets import FACTORS, GENERATION, NATIONAL, REGIONAL

DATASETS = (NATIONAL, GENERATION, REGIONAL, FACTORS)

CARBON_INTENSITY = Pipeline(
    dag_id="carbon_intensity",
    intake=ApiIntake(
        publisher=api.PUBLISHER,
        datasets=DATASETS,
        rates=lambda settings: {api.REQUESTS: Rate(settings.carbon_intensity_requests_per_second, 1)},
    ),
    releases=(Release("carbon_intensity", reads=DATASETS, suites="include.sources.carbon_intensity.suites"),),
)
RECONCILIATION = Pipeline(
    dag_id="carbon_source_reconciliation",
    releases=(Release("carbon_source_reconciliation", reads=(), follows=("neso_generation_mix", "carbon_intensity")),),
)
PIPELINES = (CARBON_INTENSITY, RECONCILIATION)
