"""How many deliveries are taken in a while, however well they are signed."""

import threading
import time
from collections import deque
from collections.abc import Callable


class Pace:
    """At most so many in any span of so many seconds, in this process."""

    def __init__(self, most: int, span_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._span_s = span_s
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=most)
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        """Take one more, if the pace allows it; tell whether it does."""
        with self._lock:
            now = self._clock()
            if len(self._taken) == self._taken.maxlen and now - self._taken[0] < self._span_s:
                return False
            self._taken.append(now)
            return True
