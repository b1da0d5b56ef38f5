"""The section Carbon."""

from include.serving.dashboard.carbon.forecasts import page as forecasts
from include.serving.dashboard.carbon.now import page as now
from include.serving.dashboard.carbon.reconciliation import page as reconciliation
from include.serving.dashboard.carbon.regions import page as regions
from include.serving.dashboard.screen import Screen, Section

CARBON = Section(
    "Carbon",
    (
        Screen("Carbon", "carbon", now.draw),
        Screen("Forecasts", "forecasts", forecasts.draw),
        Screen("Regions", "regions", regions.draw),
        Screen("Reconciliation", "reconciliation", reconciliation.draw),
    ),
)
