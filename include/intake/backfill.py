"""Years of many datasets, window by window: several at once, of one dataset only where no other is left.

Then its next answer waits, with its first rows read, until the one before it is committed.
What is held already is left out, so that a backfill that was stopped goes on where it was. Pace and ledger are those of
the DAGs.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked, Occasion, Request, due
from include.ingestion.errors import LastingError, PassingError, SourceUnavailableError
from include.ingestion.ingest import Run, ingest
from include.ingestion.window import Window
from include.intake.asked import MOST_UNANSWERED, ApiIntake, Source
from include.operations import loads, runs
from include.operations.runs import Counts
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

# Once more at once, and once more after a while: an answer that was cut short is seldom cut short thrice.
WAITS_S = (0.0, 5.0)


@dataclass(eq=False)
class Lane:
    """The windows of one dataset that nobody has begun, oldest first, and the run that loads them."""

    run: Run
    dataset: Dataset
    asked: deque[Asked]
    at_work: int = 0
    """How many of its windows are being brought in."""


@dataclass(frozen=True)
class Done:
    """What came of a window: counts, or why it did not come."""

    dataset: str
    scope: str
    counts: Counts | None
    error: PassingError | LastingError | None
    seconds: float


def still_to_come(
    deployment: Deployment, datasets: Iterable[Dataset], span: Window, *, now: datetime
) -> Iterator[tuple[Dataset, list[Asked]]]:
    """Yield what has to be asked for of a span, dataset by dataset, without what is held as a whole by now."""
    occasion = Occasion(now)
    start, end = span.start, min(span.end, now)
    request = Request(start=start.isoformat(), end=end.isoformat())
    with deployment.session(Role.LOADER) as loader:
        for dataset in datasets:
            if dataset.first_at is None:
                continue
            held = loads.held_as_a_whole(loader, dataset.name)
            yield dataset, [asked for asked in due(dataset, request, occasion) if str(asked.scope) not in held]


@dataclass
class Backfill:
    """The lanes, and the workers that go through them."""

    deployment: Deployment
    intake: ApiIntake
    lanes: Sequence[Lane]
    workers: int
    _waiting: list[Lane] = field(init=False)
    _done: "queue.SimpleQueue[Done | BaseException | None]" = field(default_factory=queue.SimpleQueue, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _unanswered: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._waiting = [lane for lane in self.lanes if lane.asked]

    def play(self) -> Generator[Done]:
        """Yield what came of each window as it comes. Who leaves early waits for the windows that are at work.

        Raises SourceUnavailableError where the publisher does not answer for several datasets.
        """
        threads = [threading.Thread(target=self._work, name=f"backfill-{n}") for n in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            yield from self._results(len(threads))
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def _results(self, at_work: int) -> Iterator[Done]:
        while at_work:
            result = self._done.get()
            if result is None:
                at_work -= 1
            elif isinstance(result, BaseException):
                raise result
            else:
                yield result
                self._note(result)

    def _note(self, done: Done) -> None:
        if isinstance(done.error, SourceUnavailableError):
            self._unanswered.add(done.dataset)
        elif done.error is None:
            self._unanswered.clear()
        if len(self._unanswered) >= MOST_UNANSWERED:
            raise SourceUnavailableError(f"{self.intake.publisher.title} does not answer any more: {done.error}")

    def _work(self) -> None:
        try:
            with self.deployment.session(Role.LOADER) as loader, self.intake.opened(self.deployment, loader) as source:
                worker = _Worker(loader, source, self._stopping)
                while (taken := self._next()) is not None:
                    lane, asked = taken
                    self._done.put(worker.bring(lane, asked, is_hurried=bool(self._unanswered)))
                    with self._lock:
                        lane.at_work -= 1
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are read
            self._done.put(error)
        self._done.put(None)

    def _next(self) -> tuple[Lane, Asked] | None:
        """Take a window of the lane in which least is at work, and which waited longest; None where none is left."""
        with self._lock:
            if self._stopping.is_set() or not self._waiting:
                return None
            lane = min(self._waiting, key=attrgetter("at_work"))
            self._waiting.remove(lane)
            asked = lane.asked.popleft()
            lane.at_work += 1
            if lane.asked:
                self._waiting.append(lane)
            return lane, asked


@dataclass(frozen=True)
class _Worker:
    """One of those that bring windows in, with a connection and a way to the publisher of its own."""

    loader: Connection
    source: Source
    stopping: threading.Event

    def bring(self, lane: Lane, asked: Asked, *, is_hurried: bool) -> Done:
        """Bring a window in, at the third try at last."""
        begun, client = time.monotonic(), self.source.within(lane.dataset.limits, is_hurried=is_hurried)
        counts, error = None, None
        for wait_s in (*WAITS_S, None):
            try:
                with runs.at_work(self.loader, lane.run.run_id):
                    counts, error = (
                        ingest(lane.dataset, asked, client=client, warehouse=self.loader, run=lane.run),
                        None,
                    )
                break
            except (PassingError, LastingError) as failure:
                log.warning("%s %s: %s", lane.dataset.name, asked.scope, failure)
                error = failure
                # The client has been patient already with one who does not answer.
                is_final = wait_s is None or isinstance(failure, LastingError | SourceUnavailableError)
                if is_final or self.stopping.wait(wait_s):
                    break
        return Done(lane.dataset.name, str(asked.scope), counts, error, time.monotonic() - begun)
