"""The publishers: each declares what a row is, how to ask for it, and where it goes."""
