"""The page of Sources in a real browser."""
