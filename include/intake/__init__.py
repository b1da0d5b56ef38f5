"""What a DAG loads, and how: by asking dataset by dataset, or file by file."""
