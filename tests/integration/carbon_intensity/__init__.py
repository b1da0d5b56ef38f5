"""The Carbon Intensity source, from the simulated API to `analytics`."""
