"""How the platform fares: its data, its runs, and a box for queries."""
