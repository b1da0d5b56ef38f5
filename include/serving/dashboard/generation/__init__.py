"""How Great Britain generates its electricity."""
