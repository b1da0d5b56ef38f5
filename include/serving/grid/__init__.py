"""The page "Grid" in Airflow's UI, without Airflow: what it asks the warehouse, and what it makes of the answers."""
