"""How much CO₂ Great Britain’s electricity stands for, and what was foreseen of it."""
