"""How NESO's generation mix goes from the portal to `analytics`."""

from include.pipeline import Pipeline
from include.sources.neso import DATASETS, portal

PIPELINE = Pipeline(
    dag_id="neso_generation_mix",
    publisher="neso",
    datasets=DATASETS,
    base_url=lambda settings: settings.neso_url,
    rates=lambda settings: portal.rates(
        requests_per_second=settings.neso_requests_per_second,
        datastore_per_minute=settings.neso_datastore_per_minute,
    ),
    selector="tag:neso_generation_mix",
    pending="stg_neso__pending_half_hours",
    candidate="half_hourly_generation",
)
