"""Data Docs: the suites and what they find, as a static site."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from include.quality.checkpoint import EXAMPLES, new_context, one_line_errors, run_checkpoint
from include.quality.expectations import gx
from include.quality.pipelines import SUITES
from include.quality.result import Stage

SITE = "gridloom"


def build_data_docs(
    url: str, directory: Path, *, dag_id: str, run_id: int, stages: Collection[Stage] = tuple(Stage)
) -> Path:
    """Judge what is pending of a pipeline once more and write the site into a directory; return its index.html.

    It takes seconds, so it is for a failed run and for `gridloom docs`. `stages` leaves out what cannot be judged
    yet: there may be no marts. Raises JudgementError as `judge` does.
    """
    subjects = [subject for stage in stages for subject in SUITES[dag_id].of(stage, run_id)]
    directory.mkdir(parents=True, exist_ok=True)
    context = new_context()
    context.add_data_docs_site(SITE, _site(directory))
    with one_line_errors():
        run_checkpoint(
            context,
            subjects,
            url=url,
            actions=[gx.checkpoint.UpdateDataDocsAction(name="data_docs", site_names=[SITE])],
            result_format={"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES},
        )
    return directory / "index.html"


def _site(directory: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(directory.resolve())},
    }
