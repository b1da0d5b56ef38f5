"""What the `gridloom` command does, one module for each group of its commands."""
