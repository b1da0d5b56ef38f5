"""Prometheus metrics of the platform, read as the analyst at every scrape."""
