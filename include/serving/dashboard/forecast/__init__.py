"""Pages of forecasts, beside how wrong they have been."""
