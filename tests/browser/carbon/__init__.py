"""The pages of Carbon in a real browser."""
