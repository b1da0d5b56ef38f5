"""The page Demand and wind."""
