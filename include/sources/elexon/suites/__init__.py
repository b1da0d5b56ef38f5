"""What must hold of what is made of Elexon's datasets, release by release, and why."""
