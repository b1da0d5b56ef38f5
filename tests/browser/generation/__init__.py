"""The pages of Generation in a real browser."""
