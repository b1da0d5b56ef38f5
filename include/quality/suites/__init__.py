"""What must hold, one module per subject, and why each number is that number."""
