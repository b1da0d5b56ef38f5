"""The publishers: each declares what a row is, how to ask for it, and where it goes.

A source is found by its folder: what its module `pipeline` calls PIPELINES is what it brings.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.ingestion.dataset import Dataset
    from include.pipeline import Pipeline
    from include.raw_release import RawRelease
    from include.release import Release


def pipelines() -> "Iterator[Pipeline]":
    """Yield the pipelines of every source."""
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield from importlib.import_module(f"{found.name}.pipeline").PIPELINES


def pipeline_of(dag_id: str) -> "Pipeline":
    """Return the pipeline of a DAG. Raises LookupError where no source declares it."""
    for pipeline in pipelines():
        if pipeline.dag_id == dag_id:
            return pipeline
    raise LookupError(f"no source under include/sources declares the pipeline {dag_id}")


def datasets() -> "Iterator[tuple[str, Dataset]]":
    """Yield every dataset that is loaded, after the id of the DAG that loads it."""
    for pipeline in pipelines():
        if pipeline.intake is not None:
            for dataset in pipeline.intake.datasets:
                yield pipeline.dag_id, dataset


def releases() -> "Iterator[Release | RawRelease]":
    """Yield every release, once: several DAGs may load what one is made of."""
    yield from dict.fromkeys(release for pipeline in pipelines() for release in pipeline.releases)
