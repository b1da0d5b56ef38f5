"""The page Grid now."""
