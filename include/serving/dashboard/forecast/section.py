"""The section Forecast."""

from include.serving.dashboard.forecast.outlook import page as outlook
from include.serving.dashboard.screen import Screen, Section

FORECAST = Section("Forecast", (Screen("Forecast", "forecast", outlook.draw),))
