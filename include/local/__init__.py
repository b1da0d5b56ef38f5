"""The embedded PostgreSQL and Airflow of a single machine."""
