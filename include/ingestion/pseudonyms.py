"""Who is who: numbers and keyed pseudonyms that stand for persons, made at the door.

In `raw`, a number of `raw.pseudonyms` stands for a person; everywhere else the pseudonym does: HMAC-SHA-256 of the
identifier (RFC 2104), its first 128 bits. Without the key nobody can try out whose it is.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from psycopg2 import sql

from include.ingestion.errors import LastingError
from include.ingestion.stage import copy_in
from include.ingestion.typed_lines import typed_lines
from include.warehouse import Connection, fetch_value

PSEUDONYM_BYTES = 16
# Stands in the table so that a key is known for another one before it is used.
_OF_KEY = "key"


class OtherKeyError(LastingError):
    """The pseudonyms that are there were made with another key."""


@dataclass(frozen=True)
class Pseudonyms:
    """Makes the pseudonyms of one kind of identifier. Its `repr` shows no key."""

    subject: str
    """What is identified, as in `raw.pseudonyms`."""
    key: bytes = field(repr=False)

    def of(self, identifier: str) -> str:
        """Return what stands for an identifier."""
        return hmac.digest(self.key, identifier.encode(), hashlib.sha256)[:PSEUDONYM_BYTES].hex()

    def numbers(
        self,
        connection: Connection,
        identifiers: Collection[str],
        beside: Mapping["Pseudonyms", Collection[str]] = MappingProxyType({}),
    ) -> Mapping[str, int]:
        """Return the number of each identifier, within the caller's transaction.

        Who is new is given one; so are, in the same go, others `beside` these. Raises OtherKeyError.
        """
        _number({self: identifiers, **beside}, connection)
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERS, {"subject": self.subject})
            return dict(cursor.fetchall())

    def refuse_other_key(self, connection: Connection) -> None:
        """Raise OtherKeyError where the pseudonyms that are there were made with another key."""
        subject, ours = f"{self.subject} ({_OF_KEY})", self.of(self.subject)
        kept = fetch_value(connection, _OF_SUBJECT, (subject,))
        if kept is None:
            with connection.cursor() as cursor:
                cursor.execute(_NOTE_KEY, (subject, self.subject, ours))
            kept = fetch_value(connection, _OF_SUBJECT, (subject,))
        if kept != ours:
            raise OtherKeyError(
                f"pseudonyms of {self.subject} were made with another key; set that one again, or make all of them anew"
            )


def _number(wanted: Mapping[Pseudonyms, Collection[str]], connection: Connection) -> None:
    """Give everybody who is new a number, of several subjects at once."""
    for each in wanted:
        each.refuse_other_key(connection)
    # In one order everywhere, or two that add the same persons might wait for each other.
    lines = [
        (each.subject, identifier, each.of(identifier))
        for each, identifiers in sorted(wanted.items(), key=lambda item: item[0].subject)
        for identifier in sorted(set(identifiers))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WANTED)
        # Copied, so that no identifier stands in a statement, which a server's log may keep.
        columns = ["subject", "identifier", "pseudonym"]
        copy_in(connection, sql.Identifier("wanted_persons"), columns, [typed_lines(lines)])
        cursor.execute(_ADD_NEW)


# Made once in a session: a table for each transaction would take as long as what is put into it.
_WANTED = """
    create temp table if not exists wanted_persons (subject text, identifier text, pseudonym text) on commit delete rows
"""
_OF_SUBJECT = "select pseudonym from raw.pseudonyms where subject = %s"
_NOTE_KEY = """
    insert into raw.pseudonyms (subject, identifier, pseudonym) values (%s, %s, %s)
    on conflict (subject, identifier) do nothing
"""
# Each is looked up in the index: PostgreSQL does not know how few are wanted, and would read the whole table for them.
_ADD_NEW = """
    insert into raw.pseudonyms (subject, identifier, pseudonym)
    select wanted.subject, wanted.identifier, wanted.pseudonym
    from wanted_persons as wanted
    where (
        select held.number from raw.pseudonyms as held
        where held.subject = wanted.subject and held.identifier = wanted.identifier
    ) is null
    order by wanted.subject, wanted.identifier
    on conflict (subject, identifier) do nothing
"""
_NUMBERS = """
    select wanted.identifier, held.number
    from wanted_persons as wanted
    cross join lateral (
        select held.number from raw.pseudonyms as held
        where held.subject = wanted.subject and held.identifier = wanted.identifier
        limit 1
    ) as held
    where wanted.subject = %(subject)s
"""


def make_anew(owner: Connection, all_of: Collection[Pseudonyms]) -> int:
    """Make all pseudonyms of some subjects anew, with their keys, wherever they stand; return how many.

    One transaction, as the owner, in which nothing else is loaded or built: readers see the former ones or the new.
    """
    with owner, owner.cursor() as cursor:
        cursor.execute("lock table ops.build_slot in exclusive mode")
        # Files are listed, and who is new in them is numbered, by whoever holds a row of it.
        cursor.execute("lock table ops.folder_turns in exclusive mode")
        cursor.execute("select from ops.datasets where is_personal order by dataset for update")
        cursor.execute("create temp table renamed (former text primary key, pseudonym text) on commit drop")
        made = sum(_rename(owner, each) for each in all_of)
        cursor.execute("analyze renamed")
        for schema, table, column in _where_pseudonyms_stand(owner):
            place = sql.Identifier(schema, table)
            cursor.execute(sql.SQL(_REPLACE).format(place=place, column=sql.Identifier(column)))
        cursor.execute(_RENAME_SCOPES)
    return made


def _rename(owner: Connection, pseudonyms: Pseudonyms) -> int:
    """Note the former and the new pseudonym of everybody of a subject, and keep the new one."""
    subjects = [pseudonyms.subject, f"{pseudonyms.subject} ({_OF_KEY})"]
    with owner.cursor() as cursor:
        cursor.execute("select identifier, pseudonym from raw.pseudonyms where subject = any(%s)", (subjects,))
        new = [(former, pseudonyms.of(identifier)) for identifier, former in cursor]
        copy_in(owner, sql.Identifier("renamed"), ["former", "pseudonym"], [typed_lines(new)])
        cursor.execute(
            """
            update raw.pseudonyms as held set pseudonym = renamed.pseudonym
            from renamed where held.pseudonym = renamed.former and held.subject = any(%s)
            """,
            (subjects,),
        )
    return len(new)


def _where_pseudonyms_stand(owner: Connection) -> list[tuple[str, str, str]]:
    with owner.cursor() as cursor:
        cursor.execute(
            """
            select table_schema, table_name, column_name
            from information_schema.columns
            inner join information_schema.tables using (table_schema, table_name)
            where
                table_schema in ('marts', 'analytics') and table_type = 'BASE TABLE'
                and column_name like '%\\_pseudonym'
            """
        )
        return cursor.fetchall()


_REPLACE = """
    update {place} as held set {column} = renamed.pseudonym from renamed where held.{column} = renamed.former
"""
_RENAME_SCOPES = """
    update ops.loads as load
    set scope = concat_ws(' of ', 'file ' || file.pseudonym, person.pseudonym)
    from renamed as file, ops.loads as whole
    left join renamed as person on split_part(whole.scope, ' of ', 2) = person.former
    where
        whole.load_id = load.load_id and whole.arrived_at is not null
        and file.former = substr(split_part(whole.scope, ' of ', 1), 6)
"""
