"""The one room that imports Airflow: the steps of a pipeline as tasks, its params, its retries, when it is late."""
