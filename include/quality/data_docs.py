"""Data Docs: the suites and what they find, as a static site."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from include.quality.checkpoint import EXAMPLES, new_context, one_line_errors, run_checkpoint
from include.quality.expectations import gx
from include.quality.subject import Subject

SITE = "gridloom"
WITH_EXAMPLES = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
WITHOUT_ROWS = {"result_format": "BOOLEAN_ONLY"}


def build_data_docs(url: str, directory: Path, subjects: Sequence[Subject], *, is_personal: bool) -> Path:
    """Judge subjects once more and write the site into a directory; return its index.html.

    It takes seconds, so it is for a failed run and for `gridloom docs`. Of rows that are personal it tells only which
    checks hold. Raises JudgementError as `judge` does.
    """
    directory.mkdir(parents=True, exist_ok=True)
    context = new_context()
    context.add_data_docs_site(SITE, _site(directory))
    with one_line_errors(is_personal=is_personal):
        run_checkpoint(
            context,
            subjects,
            url=url,
            actions=[gx.checkpoint.UpdateDataDocsAction(name="data_docs", site_names=[SITE])],
            result_format=WITHOUT_ROWS if is_personal else WITH_EXAMPLES,
        )
    return directory / "index.html"


def _site(directory: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {
            "validations": {"renderer": {"module_name": "include.quality.text_pages", "class_name": "TextResultsPage"}}
        },
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(directory.resolve())},
    }
