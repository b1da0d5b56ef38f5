"""What is foreseen of a target from any origin, and how good its models are."""
