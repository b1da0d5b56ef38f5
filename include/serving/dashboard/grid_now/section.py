"""The section Grid now."""

from include.serving.dashboard.grid_now.now import page as now
from include.serving.dashboard.screen import Screen, Section

GRID_NOW = Section("Grid now", (Screen("Grid now", "grid-now", now.draw),))
