"""The pages of Meters in a real browser."""
