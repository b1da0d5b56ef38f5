"""The pages of Market in a real browser."""
