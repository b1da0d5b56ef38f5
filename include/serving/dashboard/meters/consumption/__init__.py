"""The page Consumption."""
