"""Is it fit to publish? Great Expectations before and after dbt, freshness, and the record of what was found."""
