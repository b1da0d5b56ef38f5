"""How two publishers tell of the same generation."""
