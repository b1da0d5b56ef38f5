"""What the platform knows of itself: run history, versions and builds, freshness. Written and read in schema `ops`."""
