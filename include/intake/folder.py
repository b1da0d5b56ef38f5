"""What a DAG loads from a folder or bucket of files: what the ledger does not know yet, many files in one transaction.

There is no watermark: a file that comes late is as new as any other. While some files are loaded, the next are read.
"""

import gc
import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from include.deployment import Deployment
from include.ingestion.ahead import ahead
from include.ingestion.dataset import Dataset, Publisher
from include.ingestion.deliveries import load_deliveries
from include.ingestion.delivery import Delivery, Outcome, ReadFile, RefusedFileError
from include.ingestion.errors import LastingError, PassingError, SourceUnavailableError
from include.ingestion.folder import Folder, Listed, folder_at
from include.ingestion.ingest import Run, in_words
from include.ingestion.listing import Seen, begin_listing, new_files, note_listed, only_load
from include.ingestion.pseudonyms import Pseudonyms
from include.operations import files
from include.operations.runs import Counts
from include.settings import Settings
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

# One transaction a file would take ten times as long; more at once are no faster, and take more memory.
FILES_AT_ONCE = 1_000
BYTES_AT_ONCE = 8 << 20
# More than two lots have, so that they are gone before they are looked at.
OBJECTS_AT_ONCE = 300_000
# A store that gives none of so many has gone.
FEW_FILES = 10


@dataclass(frozen=True)
class FolderIntake:
    """A dataset that comes in files, each about one person."""

    publisher: Publisher
    dataset: Dataset
    address: Callable[[Settings], str | None]
    """Where the files lie: a path, or an address of fsspec's; None where nobody has said so."""
    setting: str
    """The environment variable that says it."""
    read: ReadFile
    person_of: Callable[[str], str | None]
    """The identifier that a path names, or None."""
    persons: Callable[[Deployment], Pseudonyms]
    """Makes the pseudonyms of those whom files are about."""
    names: Callable[[Deployment], Pseudonyms]
    """Makes those of the files' own names, which tell whom they are about."""
    ending: str = ".json"

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """The one dataset."""
        return (self.dataset,)

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Any]]:
        """Yield nothing: what is due is told by the folder."""
        return iter(())

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Return the one dataset's name."""
        return [self.dataset.name]

    def is_routine(self, context: Mapping[str, Any]) -> bool:
        """Tell that a run asks for nothing that somebody named."""
        return True

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Bring in what is new; tell whether there was any.

        Raises PassingError where the folder or a file of it could not be read this time, once all else is in, and
        LastingError where nobody has said where the files lie.
        """
        address = self.address(deployment.settings)
        if not address:
            raise LastingError(f"nobody has said where the files lie: set {self.setting} to a folder or a bucket")
        folder = folder_at(address, deployment.storage(self.dataset.name), ending=self.ending)
        # The next files are found and read while some are loaded, in a session of their own.
        with (
            deployment.session(Role.LOADER) as turn,
            only_load(turn, self.dataset.name),
            deployment.session(Role.LOADER) as listing,
        ):
            made_by = self.persons(deployment), self.names(deployment)
            return _Effort(self, folder, listing, loader, run, *made_by).bring_what_is_new()

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return which files came to nothing, now that all is tried: how many, and why, each cause in one line."""
        return files.undone(loader, run_id, self.dataset.name)


@dataclass
class _Effort:
    """One try at all that is new."""

    intake: FolderIntake
    folder: Folder
    listing: Connection
    loader: Connection
    run: Run
    persons: Pseudonyms
    names: Pseudonyms
    counts: Counts = field(default_factory=Counts)
    loaded: int = 0
    unread: list[PassingError] = field(default_factory=list)
    held_back: set[str | None] = field(default_factory=set)
    """Of whom a file could not be read this time."""

    def bring_what_is_new(self) -> bool:
        """Bring it in; tell whether there was any. Raises PassingError where some could not be read."""
        with self.loader:
            self.persons.refuse_other_key(self.loader)
            self.names.refuse_other_key(self.loader)
        self._list()
        with _unscanned():
            for read, numbers in ahead(map(self._read, self._lots())):
                self._load(read, numbers)
        if self.loaded:
            log.info("%s files: %s", f"{self.loaded:,}", in_words(self.counts))
        if self.unread:
            raise PassingError(f"{len(self.unread):,} files could not be read, first of all: {self.unread[0]}")
        return self.loaded > 0

    def _list(self) -> None:
        begin_listing(self.listing)
        for some in self.folder.listed():
            note_listed(self.listing, [self._seen(each) for each in some])

    def _seen(self, listed: Listed) -> Seen:
        """Return a listed file with the name that it has in the ledger, which tells no person."""
        person, name = self.intake.person_of(listed.path), f"file {self.names.of(listed.path)}"
        scope = name if person is None else f"{name} of {self.persons.of(person)}"
        return Seen(listed.path, scope, listed.size_bytes, listed.edition, listed.arrived_at)

    def _lots(self) -> Iterator[list[Seen]]:
        """Yield what is new, as many as go into one transaction, at most one of each person."""
        lot, persons, size_bytes = list[Seen](), set[str](), 0
        for each in chain.from_iterable(new_files(self.listing, self.intake.dataset.name, self.run.run_id)):
            person = self.intake.person_of(each.path)
            is_full = len(lot) >= FILES_AT_ONCE or size_bytes + each.size_bytes > BYTES_AT_ONCE
            if lot and (is_full or person in persons):
                yield lot
                lot, persons, size_bytes = [], set(), 0
            lot.append(each)
            size_bytes += each.size_bytes
            if person is not None:
                persons.add(person)
        if lot:
            yield lot

    def _read(self, lot: Sequence[Seen]) -> tuple[Sequence[Delivery], Mapping[str, int]]:
        """Return what files hold, and the numbers of those whom they are about."""
        deliveries = self._deliveries(lot)
        persons = {each.reading.person for each in deliveries if each.reading is not None}
        # While others are loaded. Files have pseudonyms, too: to be found by their names in the ledger.
        with self.listing:
            beside = {self.names: [each.path for each in lot]}
            return deliveries, self.persons.numbers(self.listing, persons, beside=beside)

    def _deliveries(self, lot: Sequence[Seen]) -> list[Delivery]:
        most, because = self.intake.dataset.limits.answer_bytes
        small = [each for each in lot if each.size_bytes <= most]
        came = dict(zip(small, self.folder.read([_listed(each) for each in small]), strict=True))
        too_large = RefusedFileError(f"it is larger than {most:,} bytes; {because}")
        return [self._delivery(each, came.get(each, too_large)) for each in lot]

    def _delivery(self, seen: Seen, came: bytes | Exception) -> Delivery:
        delivery = Delivery(_listed(seen), seen.scope)
        if isinstance(came, RefusedFileError):
            return delivery.failed(came, Outcome.REFUSED)
        if isinstance(came, Exception):
            return delivery.failed(came, Outcome.FAILED)
        delivery = replace(delivery, digest=hashlib.sha256(came).digest())
        try:
            return replace(delivery, reading=self.intake.read(seen.path, came))
        except RefusedFileError as error:
            return delivery.failed(error, Outcome.REFUSED)

    def _load(self, read: Sequence[Delivery], numbers: Mapping[str, int]) -> None:
        read = [self._unless_held_back(each) for each in read]
        done = load_deliveries(self.loader, self.intake.dataset, numbers, read, self.run.run_id)
        for each in done:
            if each.cause:
                log.warning("%s: %s", each.scope, each.cause)
        self.counts = sum((each.counts for each in done), self.counts)
        unread = [each for each in done if each.outcome is Outcome.FAILED]
        self.loaded += len(done) - len(unread)
        self.unread += [PassingError(str(each.cause)) for each in unread]
        if len(unread) == len(done) and len(done) >= FEW_FILES:
            raise SourceUnavailableError(
                f"none of {len(done):,} files could be read, so the rest is left: {unread[0].cause}"
            )
        log.info("%s files so far", f"{self.loaded:,}")

    def _unless_held_back(self, delivery: Delivery) -> Delivery:
        """Return a delivery, as failed where an earlier one of the same person was: read later, that would undo it."""
        person = self.intake.person_of(delivery.listed.path)
        if delivery.outcome is Outcome.FAILED:
            self.held_back.add(person)
        elif person is not None and person in self.held_back:
            waits = PassingError("waits for an earlier file of the same one, which could not be read")
            return replace(delivery.failed(waits, Outcome.FAILED), reading=None)
        return delivery


@contextmanager
def _unscanned() -> Iterator[None]:
    """Keep what is there from being looked through for garbage, over and over while millions of rows pass by."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_AT_ONCE, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _listed(seen: Seen) -> Listed:
    return Listed(seen.path, seen.size_bytes, seen.edition, seen.arrived_at)
