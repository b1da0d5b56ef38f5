"""Prometheus metrics of the platform, read as `gridloom_screens` at every scrape."""
