"""The page Regions."""
