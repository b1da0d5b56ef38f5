"""What a dump of PostgreSQL holds, and whose it is: so that a restore can be done by each owner's own login.

A line of `pg_restore --list` reads `id; catalogue's oid, oid, kind, schema, name, owner`.
"""

import re
from collections.abc import Iterator, Mapping

from include.local.errors import LocalError

ENTRY = re.compile(r"(?P<id>\d+;) (?P<catalogue>\d+) \d+ (?P<told>.*)")
# Oids of pg_namespace and pg_extension.
SCHEMAS, EXTENSIONS = "2615", "3079"
# Of the functions that template1 has closed already, and of what only a superuser may say something about.
LEFT_OUT = ("ACL pg_catalog ", "COMMENT - EXTENSION ")


def shared_out(listing: str, *, owner: str, transformer: str) -> Mapping[str, str]:
    """Return what each of two logins has to restore, for `pg_restore --use-list`, in the order of their turns.

    Schemas are made by the owner, who alone may. Raises LocalError where anything belongs to a third.
    """
    parts: dict[str, list[str]] = {owner: [], transformer: []}
    for number, catalogue, told in _entries(listing):
        holder = _holder(told, owner=owner, transformer=transformer)
        if holder is None:
            raise LocalError(f"the backup holds what belongs neither to {owner} nor to {transformer}: {told.strip()}")
        parts[owner if catalogue in (SCHEMAS, EXTENSIONS) else holder].append(number)
    return {login: "\n".join(numbers) for login, numbers in parts.items()}


def _entries(listing: str) -> Iterator[tuple[str, str, str]]:
    # Not by `splitlines`: a name may hold what Unicode calls the end of a line, and then it would look like an owner.
    for line in listing.split("\n"):
        found = ENTRY.fullmatch(line)
        if found is not None and not found["told"].startswith(LEFT_OUT):
            yield found["id"], found["catalogue"], found["told"]


def _holder(told: str, *, owner: str, transformer: str) -> str | None:
    """Return who restores an entry; what belongs to nobody, such as a cast, is left to the login that may least."""
    if told.endswith((f" {transformer}", " ")):
        return transformer
    return owner if told.endswith(f" {owner}") else None
