"""Gridloom: electricity-grid data from its publishers into audited PostgreSQL tables. Nothing here imports Airflow."""
