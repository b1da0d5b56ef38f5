"""Luck that is always the same: numbers drawn for a seed, a name and a place, whatever else was drawn before."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from include.simulator.weather import Floats


def drawn(seed: int, name: str, numbers: NDArray[np.int64]) -> Floats:
    """Return a number in [0, 1) for each of `numbers`, always the same for the same seed and name (splitmix64)."""
    salt = _salt(seed, name)
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform: Floats = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(float) / 2**53
    return uniform


@lru_cache(maxsize=4_096)
def _salt(seed: int, name: str) -> np.uint64:
    salt: np.uint64 = np.random.SeedSequence([seed, *name.encode()]).generate_state(1, np.uint64)[0]
    return salt
