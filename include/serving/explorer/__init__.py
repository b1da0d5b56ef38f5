"""The SQL box: any query of an analyst's, and nothing else, within limits that the query cannot move."""
