"""The section Operations."""

from include.serving.dashboard.operations.explorer import page as explorer
from include.serving.dashboard.operations.quality import page as quality
from include.serving.dashboard.operations.runs import page as runs
from include.serving.dashboard.screen import Screen, Section

OPERATIONS = Section(
    "Operations",
    (
        Screen("Data quality", "quality", quality.draw),
        Screen("Runs", "runs", runs.draw),
        Screen("Explorer", "explorer", explorer.draw),
    ),
)
