"""The page Tariffs."""
