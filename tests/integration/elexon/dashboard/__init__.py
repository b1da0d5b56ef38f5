"""The pages over Elexon's tables, against the formula that made their rows."""
