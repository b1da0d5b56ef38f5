"""From raw to analytics: dbt in process, and publishing what has been judged."""
