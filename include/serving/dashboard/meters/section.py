"""The section Meters."""

from include.serving.dashboard.meters.consumption import page as consumption
from include.serving.dashboard.meters.files import page as files
from include.serving.dashboard.meters.readings import page as readings
from include.serving.dashboard.meters.tariffs import page as tariffs
from include.serving.dashboard.screen import Screen, Section

METERS = Section(
    "Meters",
    (
        Screen("Consumption", "consumption", consumption.draw),
        Screen("Tariffs", "tariffs", tariffs.draw),
        Screen("Readings", "readings", readings.draw),
        Screen("Files", "files", files.draw),
    ),
)
