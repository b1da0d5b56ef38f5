"""Real recorded answers, spoilt in seeded ways: what a publisher, a proxy or a line may make of them."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, str]
Body: TypeAlias = bytes

FIELDS = [{"type": "int4", "id": "_id"}, {"type": "tsvector", "id": "_full_text"}]
MILLION = 1_000_000
NOT_NUMBERS = ('"lots"', '""', "null", "true", "[]", "{}", '"n/a"', '"12,5"', '"0x1F"', '" 7 "', '"1_000"', '"٣"')
TOO_MUCH = ("-1", '"-0.5"', "150001", '"1e9"', "1e308", "1e400", '"nan"', '"Infinity"', '"-inf"', "1e-20000")
STAMPS = (
    *('"2026-13-01T00:00:00"', '"2026-03-01"', '"01/03/2026 00:00"', '"2026-03-01T00:00:00+01:00"', "null", "0"),
    *('"2026-03-01T00:10:00"', '"2026-03-01T23:59:60"', '"9999-12-31T23:30:00"', '"0001-01-01T00:00:00"', '""'),
    *("1772323200", '"1772323200"', '"2026-02-30T00:00:00"'),
)
RENAMES = (str.lower, lambda name: f"{name} ", lambda name: f"{name}_MW", lambda name: name.replace("_", ""))


@dataclass(frozen=True)
class Mutation:
    """One spoilt answer: which way it was spoilt, and its bytes."""

    kind: str
    body: Body


@dataclass
class Answer:
    """An answer of the datastore, as its parts: columns and, for each row, keys and values already spelt as JSON."""

    columns: list[dict[str, str]]
    rows: list[list[tuple[str, str]]]
    counts: bool = True
    """Whether the counts are made to fit the rows that are sent, as a server does; else they stay as they were."""

    def body(self) -> Body:
        """Write it as CKAN does."""
        count = str(len(self.rows))
        rows = (
            [(key, count if key == '"_count"' and self.counts else value) for key, value in row] for row in self.rows
        )
        records = ", ".join("{" + ", ".join(f"{key}: {value}" for key, value in row) + "}" for row in rows)
        return (
            f'{{"help": "https://api.neso.energy/api/3/action/help_show?name=datastore_search_sql", "success": true, '
            f'"result": {{"records": [{records}], "fields": {json.dumps(self.columns)}, "sql": "SELECT"}}}}'
        ).encode("utf-8", "surrogatepass")


def sound(lines: Sequence[Line]) -> Answer:
    """Return the answer as NESO would give it: numbers as text, and what the way of asking adds."""
    names = [name for name in lines[0] if name not in ("captured_at", "change")]
    types = [{"type": "timestamp" if name == "DATETIME" else "numeric", "id": name} for name in names]
    rows = []
    for number, line in enumerate(lines, start=1):
        row = [(f'"{name}"', json.dumps(line[name])) for name in names]
        extra = [('"_id"', str(number)), ('"_full_text"', json.dumps("'x':1 'y':2")), ('"_count"', str(len(lines)))]
        rows.append([*extra, *row])
    return Answer([*FIELDS, *types, {"type": "int8", "id": "_count"}], rows)


def mutate(lines: Sequence[Line], dice: random.Random, kind: str) -> Mutation:
    """Spoil the answer of these lines in one way, where and how as the dice fall."""
    answer = sound(lines)
    if kind in OF_BYTES:
        return Mutation(kind, OF_BYTES[kind](answer.body(), dice))
    OF_ROWS[kind](answer, dice)
    return Mutation(kind, answer.body())


def _cut(body: Body, dice: random.Random) -> Body:
    return body[: dice.randrange(len(body))]


def _trailing(body: Body, dice: random.Random) -> Body:
    return body + dice.choice((b"}", b"\0", b"garbage", b"<!-- cached -->", body[:50], b"]}", b"\xff"))


def _mark(body: Body, dice: random.Random) -> Body:
    return dice.choice((b"\xef\xbb\xbf" + body, body.decode().encode("utf-16"), body.decode().encode("utf-32")))


def _flipped(body: Body, dice: random.Random) -> Body:
    spoilt = bytearray(body)
    for _ in range(dice.randint(1, 3)):
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def _hole(body: Body, dice: random.Random) -> Body:
    start = dice.randrange(len(body))
    return body[:start] + body[start + dice.randint(1, 4000) :]


def _repeated_piece(body: Body, dice: random.Random) -> Body:
    start = dice.randrange(len(body))
    end = start + dice.randint(1, 4000)
    return body[:end] + body[start:end] + body[end:]


def _other_body(_: Body, dice: random.Random) -> Body:
    return dice.choice(
        (
            *(b"", b"   ", b"null", b"[]", b"{}", b'"ok"', b"NaN", b"[" * 100_000, b'{"a":' * 100_000),
            *(b'{"success": true}', b'{"success": true, "result": null}', b"1" * MILLION, b"\xff\xfe"),
            *(b'{"success": false, "result": {"records": [], "fields": []}}', b"<html>maintenance</html>"),
            b'{"success": true, "result": {"records": {}, "fields": []}}',
        )
    )


def _value(answer: Answer, dice: random.Random, value: str, names: Sequence[str] = ()) -> None:
    """Put a value in the place of a random number, or of one of the named columns."""
    row = dice.choice(answer.rows)
    places = [i for i, (key, _) in enumerate(row) if (key[1:-1] in names if names else key[1] != "_")]
    place = dice.choice([i for i in places if names or row[i][0] != '"DATETIME"'])
    row[place] = (row[place][0], value)


def _add(answer: Answer, dice: random.Random, key: str, value: str) -> None:
    row = dice.choice(answer.rows)
    row.insert(dice.randint(0, len(row)), (key, value))


def _not_number(answer: Answer, dice: random.Random) -> None:
    _value(answer, dice, dice.choice(NOT_NUMBERS))


def _out_of_range(answer: Answer, dice: random.Random) -> None:
    _value(answer, dice, dice.choice(TOO_MUCH))


def _nan(answer: Answer, dice: random.Random) -> None:
    _value(answer, dice, dice.choice(("NaN", "Infinity", "-Infinity", '"NaN"', "nan")))


def _nul(answer: Answer, dice: random.Random) -> None:
    text = dice.choice((r'"\u0000"', r'"12\u0000"', r'"\\u0000"', r'"\\\u0000"'))
    dice.choice((lambda: _value(answer, dice, text), lambda: _add(answer, dice, '"NEW"', text)))()


def _nul_in_name(answer: Answer, dice: random.Random) -> None:
    _add(answer, dice, r'"NEW\u0000"', '"1"')


def _surrogate(answer: Answer, dice: random.Random) -> None:
    text = dice.choice((r'"\ud800"', r'"\udc00x"', r'"\ud800\ud800"', '"\ud800"', r'"\uD83D\uDE00"'))
    spoils = (
        lambda: _value(answer, dice, text),
        lambda: _add(answer, dice, '"NEW"', text),
        lambda: _add(answer, dice, text, '"1"'),
        lambda: _value(answer, dice, text, ["_full_text"]),
    )
    dice.choice(spoils)()


def _deep(answer: Answer, dice: random.Random) -> None:
    depth = dice.choice((100, 2_000, 100_000))
    nested = dice.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth))
    dice.choice((lambda: _value(answer, dice, nested, ["_full_text"]), lambda: _add(answer, dice, '"NEW"', nested)))()


def _long_number(answer: Answer, dice: random.Random) -> None:
    digits = dice.choice((400, 5_000, 140_000, MILLION))
    number = dice.choice(("9" * digits, "0." + "0" * digits + "1", "1" + "0" * digits + ".5", "0" * digits + "1"))
    spelt = dice.choice((number, f'"{number}"'))
    spoils = (
        lambda: _value(answer, dice, spelt),
        lambda: _value(answer, dice, spelt, ["_id"]),
        lambda: _add(answer, dice, '"NEW"', spelt),
    )
    dice.choice(spoils)()


def _odd_exponent(answer: Answer, dice: random.Random) -> None:
    number = dice.choice(("1e-20000", "0e999999", "5e-17000", "1E+2", "1e300", "123456789e-999999999", "0e-20000"))
    spelt = dice.choice((number, f'"{number}"'))
    spoils = (
        lambda: _value(answer, dice, spelt),
        lambda: _value(answer, dice, spelt, ["_id"]),
        lambda: _add(answer, dice, '"NEW"', spelt),
    )
    dice.choice(spoils)()


def _key_twice(answer: Answer, dice: random.Random) -> None:
    row = dice.choice(answer.rows)
    key, value = dice.choice(row)
    other = dice.choice((value, '"12.0"', "null", '"lots"'))
    spelt = dice.choice((key, key.replace("A", r"\u0041"), f"{key} "))
    row.insert(dice.randint(0, len(row)), (spelt, other))


def _stamp(answer: Answer, dice: random.Random) -> None:
    _value(answer, dice, dice.choice(STAMPS), ["DATETIME"])


def _retyped(answer: Answer, dice: random.Random) -> None:
    """All values of a column become another type, and the server says so, or not."""
    name = dice.choice([each["id"] for each in answer.columns[2:-1]])
    value = dice.choice(('"n/a"', "null", "true", "7", '"2026-03-01T00:00:00"'))
    for row in answer.rows:
        place = [key for key, _ in row].index(f'"{name}"')
        row[place] = (row[place][0], value)
    if dice.random() < 0.5:
        _column(answer, name)["type"] = dice.choice(("text", "bool", "timestamp", "jsonb"))


def _column(answer: Answer, name: str) -> dict[str, str]:
    return next(each for each in answer.columns if each["id"] == name)


def _swapped(answer: Answer, dice: random.Random) -> None:
    """One row's stamp and one of its numbers change places."""
    row = dice.choice(answer.rows)
    stamp = [key for key, _ in row].index('"DATETIME"')
    other = dice.choice([i for i in range(len(row)) if i != stamp])
    row[stamp], row[other] = (row[stamp][0], row[other][1]), (row[other][0], row[stamp][1])


def _renamed(answer: Answer, dice: random.Random) -> None:
    name = dice.choice([each["id"] for each in answer.columns[2:-1]])
    new = dice.choice(RENAMES)(name)
    everywhere = dice.random() < 0.5
    for row in answer.rows if everywhere else [dice.choice(answer.rows)]:
        place = [key for key, _ in row].index(f'"{name}"')
        row[place] = (f'"{new}"', row[place][1])
    if everywhere:
        _column(answer, name)["id"] = new


def _dropped(answer: Answer, dice: random.Random) -> None:
    name = dice.choice([each["id"] for each in answer.columns[2:-1]])
    everywhere = dice.random() < 0.5
    for row in answer.rows if everywhere else [dice.choice(answer.rows)]:
        del row[[key for key, _ in row].index(f'"{name}"')]
    if everywhere:
        answer.columns.remove(_column(answer, name))


def _added(answer: Answer, dice: random.Random) -> None:
    name, value = dice.choice((("BATTERY", '"12.0"'), ("note", '"a: b"'), ("TX_SOLAR", "3"), ("", '"x"'), ("Ω", '"é"')))
    for row in answer.rows:
        row.insert(dice.randint(0, len(row)), (json.dumps(name), value))
    answer.columns.append({"type": "numeric", "id": name})


def _reordered(answer: Answer, dice: random.Random) -> None:
    for row in answer.rows:
        dice.shuffle(row)
    dice.shuffle(answer.columns)
    dice.shuffle(answer.rows)


def _respelt(answer: Answer, dice: random.Random) -> None:
    """The same numbers, as JSON numbers or with other decimals: no change at all."""
    row = dice.choice(answer.rows)
    for place, (key, value) in enumerate(row):
        if key not in ('"DATETIME"', '"_full_text"') and value.startswith('"'):
            number = float(value.strip('"'))
            row[place] = (key, dice.choice((value, f"{number}", f'"{number:.3f}"', f"{number:e}", f'"{number:E}"')))


def _rows_twice(answer: Answer, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 3)):
        answer.rows.insert(dice.randint(0, len(answer.rows)), list(dice.choice(answer.rows)))
    answer.counts = dice.random() < 0.8


def _rows_contradict(answer: Answer, dice: random.Random) -> None:
    again = [(key, '"1.0"' if key == '"GAS"' else value) for key, value in dice.choice(answer.rows)]
    answer.rows.insert(dice.randint(0, len(answer.rows)), again)


def _rows_missing(answer: Answer, dice: random.Random) -> None:
    start = dice.randrange(len(answer.rows))
    del answer.rows[start : start + dice.choice((1, 2, 10, 60))]
    answer.counts = dice.random() < 0.8


def _rows_shifted(answer: Answer, dice: random.Random) -> None:
    """The stamps of some or all rows move, by half an hour, an hour, or a day."""
    by = dice.choice((-48, -2, -1, 1, 2, 48)) * timedelta(minutes=30)
    start = dice.choice((0, dice.randrange(len(answer.rows))))
    for row in answer.rows[start:]:
        place = [key for key, _ in row].index('"DATETIME"')
        stamp = datetime.fromisoformat(json.loads(row[place][1])) + by
        row[place] = (row[place][0], json.dumps(stamp.isoformat()))


def _row_of_other_kind(answer: Answer, dice: random.Random) -> None:
    row = dice.choice(answer.rows)
    row.clear()
    if dice.random() < 0.5:
        row.append(('"error"', '"internal"'))


OF_BYTES: dict[str, Callable[[Body, random.Random], Body]] = {
    **{"truncated": _cut, "trailing garbage": _trailing, "byte order mark, UTF-16, UTF-32": _mark},
    **{"bits flipped": _flipped, "a piece missing": _hole, "a piece repeated": _repeated_piece},
    "another body": _other_body,
}
OF_ROWS: dict[str, Callable[[Answer, random.Random], Any]] = {
    **{"not a number": _not_number, "out of range": _out_of_range, "NaN and Infinity": _nan},
    **{r"\u0000": _nul, r"\u0000 in a name": _nul_in_name, "lone surrogates": _surrogate, "deep nesting": _deep},
    **{"numbers of a million digits": _long_number, "odd exponents": _odd_exponent, "a key twice": _key_twice},
    **{"stamps": _stamp, "a column retyped": _retyped, "values swapped": _swapped, "a column renamed": _renamed},
    **{"a column dropped": _dropped, "a column added": _added, "reordered": _reordered, "respelt": _respelt},
    **{"rows twice": _rows_twice, "rows that contradict": _rows_contradict, "rows missing": _rows_missing},
    **{"rows shifted": _rows_shifted, "a row of another kind": _row_of_other_kind},
}
KINDS = (*OF_BYTES, *OF_ROWS)


def mutations(lines: Sequence[Line], *, count: int, seed: int) -> list[Mutation]:
    """Return so many spoilt answers, every kind in turn."""
    dice = random.Random(seed)
    return [mutate(lines, dice, KINDS[number % len(KINDS)]) for number in range(count)]
