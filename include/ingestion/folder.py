"""A folder or a bucket of files: what is there, and what the files hold.

What lies on this machine is read by the system's own calls, which take a third of the time that fsspec takes; what lies
in an object store by fsspec: https://filesystem-spec.readthedocs.io/. No message tells a path: names may be of persons.
"""

import asyncio
import errno
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from include.ingestion.errors import LastingError, PassingError, SourceUnavailableError

T = TypeVar("T")

LISTED_AT_ONCE = 5_000
ASKED_AT_ONCE = 128
# Stores have a limit for each piece of an answer; one that dribbles would keep within it for hours.
FILE_S = 120.0
# Each kind of store raises its own; those of stores that are not used are not even imported.
_RAISED_BY_STORES = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("azure.core.exceptions", "AzureError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("gcsfs.retry", "HttpError"),
)
# Names under which stores tell what a file holds by now, and when it came.
_EDITIONS = ("ETag", "etag", "generation", "content_md5")
_ARRIVALS = ("LastModified", "last_modified", "updated", "mtime")
# Of s3fs; other stores have limits of their own.
_PATIENCE = {"s3": {"config_kwargs": {"connect_timeout": 10, "read_timeout": 30, "retries": {"total_max_attempts": 3}}}}


class Listed(NamedTuple):
    """A file as a listing has it."""

    path: str
    """Within the folder, with slashes."""
    size_bytes: int
    edition: str
    """Differs where the file was changed."""
    arrived_at: datetime


class ChangedFileError(PassingError):
    """A file was changed, or is gone, since it was listed."""


class FolderNotThereError(LastingError):
    """The folder or bucket is not there, or may not be read."""


class Folder(Protocol):
    """Files of one ending, at any depth."""

    def listed(self) -> Iterator[list[Listed]]:
        """Yield what is there, some files at a time, in no order.

        Raises FolderNotThereError or SourceUnavailableError.
        """

    def read(self, files: Sequence[Listed]) -> list[bytes | PassingError]:
        """Return what each file holds, or why that cannot be told: ChangedFileError, SourceUnavailableError."""


def folder_at(address: str, options: Mapping[str, Any], *, ending: str) -> Folder:
    """Return the folder at a path or an address of fsspec's; `options` are the store's, with its credentials.

    Raises LastingError where the kind of store is not known.
    """
    scheme, is_address, path = address.partition("://")
    if not is_address or scheme == "file":
        return LocalFolder(Path(path if is_address else address).expanduser(), ending)
    return Bucket.at(address, {**_PATIENCE.get(scheme, {}), **options}, ending)


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine. Links are not followed: they lead out of it."""

    path: Path
    ending: str

    def listed(self) -> Iterator[list[Listed]]:
        """Yield the files, as the protocol says."""
        return _in_lots(self._files())

    def _files(self) -> Iterator[Listed]:
        root, waiting = len(str(self.path)) + 1, [str(self.path)]
        while waiting:
            directory = waiting.pop()
            try:
                with os.scandir(directory) as entries:
                    for each in entries:
                        if each.is_dir(follow_symlinks=False):
                            waiting.append(each.path)
                        elif each.name.endswith(self.ending) and each.is_file(follow_symlinks=False):
                            yield from self._file(each, root)
            except OSError as error:
                # Other directories come and go; the folder itself is to be there.
                if directory == str(self.path):
                    raise FolderNotThereError(f"the folder cannot be read: {error.strerror}") from None

    @staticmethod
    def _file(entry: "os.DirEntry[str]", root: int) -> Iterator[Listed]:
        """Yield the file, unless it is gone by now."""
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        yield Listed(entry.path[root:], found.st_size, _edition(found), _instant(found.st_mtime))

    def read(self, files: Sequence[Listed]) -> list[bytes | PassingError]:
        """Return what each holds, as the protocol says."""
        return [self._read(each) for each in files]

    def _read(self, listed: Listed) -> bytes | PassingError:
        try:
            handle = os.open(self.path / listed.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                held = os.read(handle, listed.size_bytes + 1)
                is_as_listed = _edition(os.fstat(handle)) == listed.edition and len(held) == listed.size_bytes
            finally:
                os.close(handle)
        except OSError as error:
            return ChangedFileError(f"the file could not be read: {error.strerror}")
        return held if is_as_listed else ChangedFileError("the file was changed while it was read")


@dataclass(frozen=True)
class Bucket:
    """A folder of an object store, whose objects are only ever replaced whole."""

    store: Any
    """A file system of fsspec's."""
    root: str
    ending: str

    @classmethod
    def at(cls, address: str, options: Mapping[str, Any], ending: str) -> "Bucket":
        """Return the folder at an address such as s3://bucket/folder."""
        import fsspec  # noqa: PLC0415 - with what it needs of a store, it takes a second

        try:
            # What was listed is not remembered: the next run wants to see what is new.
            store, root = fsspec.core.url_to_fs(address, use_listings_cache=False, skip_instance_cache=True, **options)
        except (ImportError, ValueError, TypeError) as error:
            raise LastingError(f"{address.partition('://')[0]}:// cannot be read: {error}") from None
        return cls(store, root.rstrip("/"), ending)

    def listed(self) -> Iterator[list[Listed]]:
        """Yield the files, as the protocol says. Pages may overlap, and come in any order."""
        return _in_lots(self._files())

    def _files(self) -> Iterator[Listed]:
        waiting, seen = [self.root], set[str]()
        while waiting:
            directory = waiting.pop()
            entries = self._entries(directory)
            inner = {each["name"].rstrip("/") for each in entries if each["type"] == "directory"} - seen - {directory}
            seen |= inner
            waiting += sorted(inner)
            for each in entries:
                if each["type"] == "file" and self._is_meant(each["name"]):
                    yield self._file(each)

    def _entries(self, directory: str) -> list[dict[str, Any]]:
        try:
            return list(self.store.ls(directory, detail=True))
        except FileNotFoundError:
            if directory == self.root:
                raise FolderNotThereError("the bucket or folder is not there, or is empty") from None
            return []
        except PermissionError:
            raise FolderNotThereError("the store refuses to list the folder: see its credentials") from None
        except _raised_by_stores() as error:
            raise _unavailable(error) from None

    def _is_meant(self, name: str) -> bool:
        return name.endswith(self.ending)

    def _file(self, entry: Mapping[str, Any]) -> Listed:
        edition = next((str(entry[name]) for name in _EDITIONS if entry.get(name)), "")
        arrived = next((entry[name] for name in _ARRIVALS if entry.get(name)), None)
        path = entry["name"][len(self.root) + 1 :]
        return Listed(path, int(entry["size"]), f"{entry['size']} {edition.strip(chr(34))}", _instant(arrived))

    def read(self, files: Sequence[Listed]) -> list[bytes | PassingError]:
        """Return what each holds, as the protocol says; many are asked for at once."""
        # An empty object has no range that could be asked for.
        asked = [each for each in files if each.size_bytes]
        paths, ends = [f"{self.root}/{each.path}" for each in asked], [each.size_bytes + 1 for each in asked]
        try:
            came = self._came(paths, ends)
        except _raised_by_stores() as error:
            return [_unavailable(error) for _ in files]
        held = dict(zip([each.path for each in asked], came, strict=True))
        return [_as_listed(each, held.get(each.path, b"")) for each in files]

    def _came(self, paths: Sequence[str], ends: Sequence[int]) -> Sequence[Any]:
        """Return what each object holds up to an end, or what was raised instead."""
        if not self.store.async_impl:
            return list(self.store.cat_ranges(list(paths), [0] * len(paths), list(ends), on_error="return"))
        from fsspec.asyn import sync  # noqa: PLC0415 - with what it needs of a store, it takes a second

        return list(sync(self.store.loop, _at_once, self.store, paths, ends))


async def _at_once(store: Any, paths: Sequence[str], ends: Sequence[int]) -> Sequence[Any]:
    """Ask for many objects, none of which keeps the others waiting for longer than it may take."""
    places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def held(path: str, end: int) -> Any:
        async with places, asyncio.timeout(FILE_S):
            return await store._cat_file(path, start=0, end=end)

    return await asyncio.gather(*map(held, paths, ends), return_exceptions=True)


def _as_listed(listed: Listed, held: Any) -> bytes | PassingError:
    if isinstance(held, bytes):
        return held if len(held) == listed.size_bytes else ChangedFileError("the file was changed since it was listed")
    if isinstance(held, FileNotFoundError):
        return ChangedFileError("the file is gone since it was listed")
    return _unavailable(held)


def _unavailable(error: BaseException) -> SourceUnavailableError:
    """Say what a store answered, without the name of the file that it was asked for."""
    code = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    return SourceUnavailableError(f"the store did not answer: {type(error).__name__} {code}".strip())


def _raised_by_stores() -> tuple[type[BaseException], ...]:
    loaded = (getattr(sys.modules.get(module), name, None) for module, name in _RAISED_BY_STORES)
    return (OSError, EOFError, *filter(None, loaded))


def _edition(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _instant(told: Any) -> datetime:
    """Return when a file came, as its store tells it."""
    if isinstance(told, datetime):
        return told.replace(tzinfo=told.tzinfo or UTC)
    if isinstance(told, str):
        return _instant(datetime.fromisoformat(told))
    return datetime.fromtimestamp(float(told or 0), UTC)


def _in_lots(entries: Iterable[T]) -> Iterator[list[T]]:
    """Yield entries some at a time: a folder may hold more than fit."""
    coming = iter(entries)
    while lot := list(islice(coming, LISTED_AT_ONCE)):
        yield lot
