"""How readings and the reference go to `analytics`: two DAGs load, and either publishes what is made of both."""

from include.intake.folder import FolderIntake
from include.intake.in_turn import InTurn
from include.pipeline import Pipeline
from include.release import Release
from include.sources.smart_meter import persons, readings
from include.sources.smart_meter.datasets import (
    AGREEMENTS,
    METERPOINTS,
    PRODUCTS,
    READINGS,
    REFERENCE_DATES,
    RETAILER,
)
from include.sources.smart_meter.intakes import AskedDateIntake, FirstReference, ReferenceIntake

# Agreements come last, so that what they name is there.
REFERENCE = (PRODUCTS, METERPOINTS, AGREEMENTS)
RELEASE = Release(
    "smart_meter",
    reads=(READINGS, *REFERENCE, REFERENCE_DATES),
    suites="include.sources.smart_meter.suites",
    settings=("smart_meter_smallest_group",),
    slice_versions=20_000_000,
)
FILES = FolderIntake(
    publisher=RETAILER,
    dataset=READINGS,
    address=lambda settings: settings.smart_meter_readings,
    setting="GRIDLOOM_SMART_METER_READINGS",
    read=readings.read,
    person_of=readings.meterpoint_of,
    persons=persons.meterpoints,
    names=persons.files,
)
PIPELINES = (
    Pipeline(
        dag_id="smart_meter_readings",
        intake=InTurn(
            (FirstReference(RETAILER, REFERENCE), AskedDateIntake(RETAILER, (REFERENCE_DATES,)), FILES),
        ),
        releases=(RELEASE,),
    ),
    # After the other: its datasets are told to be loaded by this one.
    Pipeline(
        dag_id="smart_meter_reference",
        intake=ReferenceIntake(RETAILER, REFERENCE),
        releases=(RELEASE,),
    ),
)
