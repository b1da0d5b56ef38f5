"""Inbound webhooks: who may tell us something, how it is verified, and that each delivery counts once."""
