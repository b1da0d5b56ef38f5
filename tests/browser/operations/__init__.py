"""The pages of Operations in a real browser."""
