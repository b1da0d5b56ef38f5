"""Building blocks of suites: what must hold of any dataset in raw. They take names and nothing else of a source."""
