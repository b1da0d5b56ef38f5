"""NESO's data portal: the generation mix since 2009, by the actions of CKAN."""

PATH = "/api/3/action"
