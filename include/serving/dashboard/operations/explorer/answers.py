"""What came of the queries of all who ask, for as long as it is shown: as much of it as the process has room for."""

import threading
import weakref
from dataclasses import dataclass

from include.serving.explorer.query import Result

# Of all who have the page open; whoever asks on from ever new tabs would fill the memory of the dashboard.
MOST_BYTES = 512_000_000
LET_GO = "The result is not kept any more, as others have asked for theirs since. Run the query again."

_lock = threading.Lock()
_kept: list[weakref.ref["Answer"]] = []


@dataclass(eq=False)
class Answer:
    """What came of the last query: its rows, or why there are none."""

    url: str
    """Which warehouse was asked. Another one is in use when `make run` has changed from simulated rows to real ones."""
    said: Result | str

    @property
    def size(self) -> int:
        """How many bytes its rows take."""
        return self.said.table.nbytes if isinstance(self.said, Result) else 0


def keep(answer: Answer, most_bytes: int = MOST_BYTES) -> Answer:
    """Keep an answer for as long as its session does; those that were given longest ago go where there is no room."""
    with _lock:
        newest_first = [answer, *filter(None, (held() for held in _kept))]
        room = most_bytes
        for each in newest_first:
            room -= each.size
            if room < 0:
                each.said = LET_GO
        _kept[:] = [weakref.ref(each) for each in newest_first if each.size]
    return answer
