"""Pages of Data Docs in which what stands in the rows is text.

Great Expectations writes some values into its pages as they are, and escapes others: a character without width after
each `<` and `&` keeps both from beginning anything, and is not seen in either.
"""

from typing import Any

from great_expectations.render.renderer import ValidationResultsPageRenderer

_UNSEEN = "\u2060"


class TextResultsPage(ValidationResultsPageRenderer):  # type: ignore[misc]
    """The page of what the checks of a suite found."""

    def render(self, validation_results: Any, suite_parameters: Any = None) -> Any:
        """Return the page's content."""
        for each in validation_results.results:
            each.result, each.exception_info = _as_text(each.result), _as_text(each.exception_info)
        return super().render(validation_results, suite_parameters)


def _as_text(found: Any) -> Any:
    if isinstance(found, str):
        return found.replace("&", f"&{_UNSEEN}").replace("<", f"<{_UNSEEN}")
    if isinstance(found, dict):
        return {name: _as_text(value) for name, value in found.items()}
    return [_as_text(each) for each in found] if isinstance(found, list | tuple) else found
