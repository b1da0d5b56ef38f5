"""What electricity costs on the wholesale market, what was foreseen of it, and what keeps the grid in balance."""
