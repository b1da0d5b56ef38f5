"""Other ways of loading the same data, as their documentation advises, under the same faults.

They live in an environment of their own (`benchmarks/peers.txt`) and import nothing of the platform.
"""
