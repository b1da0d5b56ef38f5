"""The page Revisions."""
