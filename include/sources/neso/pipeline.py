"""How NESO's generation mix goes from the portal to `analytics`."""

from include.intake.asked import ApiIntake
from include.pipeline import Pipeline
from include.release import Release
from include.sources.neso import portal
from include.sources.neso.generation_mix import GENERATION_MIX

PIPELINE = Pipeline(
    dag_id="neso_generation_mix",
    intake=ApiIntake(
        publisher=portal.NESO,
        datasets=(GENERATION_MIX,),
        rates=lambda settings: portal.rates(
            requests_per_second=settings.neso_requests_per_second,
            datastore_per_minute=settings.neso_datastore_per_minute,
        ),
    ),
    releases=(Release("neso_generation_mix", reads=(GENERATION_MIX,), suites="include.sources.neso.suites"),),
)
PIPELINES = (PIPELINE,)
