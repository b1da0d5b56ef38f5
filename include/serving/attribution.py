"""Whose data it is, in the words its licence asks for."""

ATTRIBUTION = "Supported by National Energy SO Open Data"
LICENCE_URL = "https://www.neso.energy/data-portal/neso-open-licence"
