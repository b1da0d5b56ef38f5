"""Fetch, check, load: the same for every source."""
