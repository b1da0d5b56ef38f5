"""Forecasts of half-hourly series of the GB grid: histories, models, intervals and backtests. Pure functions."""
