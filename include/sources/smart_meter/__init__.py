"""Smart meters of households: half-hourly readings in files, agreements and tariffs in a database."""
