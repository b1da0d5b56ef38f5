"""The page of Grid now in a real browser."""
