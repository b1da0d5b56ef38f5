"""The section Operations."""

from include.serving.catalogue import PAGE
from include.serving.dashboard.operations.catalogue import page as catalogue
from include.serving.dashboard.operations.explorer import page as explorer
from include.serving.dashboard.operations.quality import page as quality
from include.serving.dashboard.operations.runs import page as runs
from include.serving.dashboard.screen import Screen, Section

OPERATIONS = Section(
    "Operations",
    (
        Screen("Catalogue", PAGE, catalogue.draw),
        Screen("Data quality", "quality", quality.draw),
        Screen("Runs", "runs", runs.draw),
        Screen("Explorer", "explorer", explorer.draw),
    ),
)
