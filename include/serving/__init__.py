"""Faces of the published tables. Reads schemas `analytics`, `reference` and `ops`, and nothing upstream of them."""
