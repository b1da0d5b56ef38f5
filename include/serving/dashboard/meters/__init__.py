"""The section Meters: what households used, on which tariffs, and what of it is missing."""
