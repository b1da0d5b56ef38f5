"""The section Sources."""

from include.serving.dashboard.screen import Screen, Section
from include.serving.dashboard.sources.reconciliation import page as reconciliation

SOURCES = Section("Sources", (Screen("Sources", "sources", reconciliation.draw),))
