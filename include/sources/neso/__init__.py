"""NESO, the system operator of Great Britain: its data portal, https://www.neso.energy/data-portal."""
