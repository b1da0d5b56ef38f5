"""The page Balancing."""
