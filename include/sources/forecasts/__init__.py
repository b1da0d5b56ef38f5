"""Forecasts of our own: what is known at an origin, and what models make of it."""
