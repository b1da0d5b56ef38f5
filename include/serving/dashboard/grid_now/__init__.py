"""What Great Britain's electricity grid is doing at this moment."""
