"""Tables and results as files with their units: CSV, Parquet and XLSX, written as the rows come."""
