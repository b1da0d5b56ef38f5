"""Reads recorded files: bodies of the API, and tables that others made of them."""

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from include.simulator.elexon.catalogue import catalogue
from include.simulator.elexon.codes import CODES
from include.simulator.elexon.prices import SOURCE
from include.simulator.elexon.recorded import Recordings, Table
from include.simulator.elexon.reference import ALIASES
from include.simulator.elexon.rows import Row, WrittenRow
from include.simulator.elexon.settlement import (
    HALF_HOUR_S,
    LONDON,
    half_hour_at,
    period_at,
    seconds_of,
    stamp,
)
from include.simulator.state import StateError

BARE_ROWS, ROWS_OF_BODY, BETWEEN_ROWS = re.compile(r"\s*\["), re.compile(r'"data"\s*:\s*\['), re.compile(r"[\s,]*")
DEMAND_FORECAST = {"NDF": "nationalDemand", "TSDF": "transmissionSystemDemand"}
SYSTEM_PRICE, BM_UNIT = "systemSellPrice", "elexonBmUnit"
NOT_FUELINST = "Sheffield Solar PVLive"
LEGACY_CODES = {"PN": "PN", "QPN": "QPN", "MEL": "MELS", "MIL": "MILS"}
# The five flags of an old acceptance; the third is of the amendment, which has three letters today.
LEGACY_FLAGS = {"deemedBoFlag": 0, "soFlag": 1, "storFlag": 3, "rrFlag": 4}

Read = Callable[[Recordings, Path], None]


def read(paths: Iterable[Path]) -> Recordings:
    """Read all files; bodies before tables that lean on them. Raises StateError for what is none of them."""
    recordings = Recordings()
    for path in sorted(paths, key=_is_body, reverse=True):
        try:
            _reader(path)(recordings, path)
        except (OSError, ValueError, KeyError, TypeError, duckdb.Error, UnicodeError) as error:
            told = str(error).splitlines()[0] if str(error) else repr(error)
            raise StateError(f"{path} cannot be read as a recording of the API: {told}") from error
    return recordings


def _is_body(path: Path) -> bool:
    return path.name.endswith((".json", ".json.gz"))


def _reader(path: Path) -> Read:
    if _is_body(path):
        return _body
    for pattern, reader in TABLES.items():
        if re.fullmatch(pattern, path.name):
            return reader
    raise ValueError("its name is not one of those that are known")


def _body(recordings: Recordings, path: Path) -> None:
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    body = json.loads(text)
    sources = (body.get("metadata") or {}).get("datasets", []) if isinstance(body, dict) else []
    rows = list(_written(text))
    if set(sources) == set(DEMAND_FORECAST):
        recordings.add_rows(told for row in rows for told in _demand_forecast(row))
    elif sources == [SOURCE] or (rows and SYSTEM_PRICE in rows[0]):
        recordings.prices |= {(row["settlementDate"], row["settlementPeriod"]): row for row in rows}
    elif rows and BM_UNIT in rows[0]:
        recordings.units += rows
    else:
        unknown = {row.get("dataset") for row in rows} - {*catalogue(), *ALIASES}
        if unknown or not rows:
            raise ValueError("no row of it tells a dataset" if not rows else f"it tells of {unknown}")
        recordings.add_rows(rows)


def _written(text: str) -> Iterator[WrittenRow]:
    """Yield each row of a body with its own text."""
    begun = (BARE_ROWS if BARE_ROWS.match(text) else ROWS_OF_BODY).search(text)
    if begun is None:
        raise ValueError("it has no rows")
    decoder, at = json.JSONDecoder(), _next(text, begun.end())
    while text[at : at + 1] == "{":
        members, end = decoder.raw_decode(text, at)
        yield WrittenRow(text[at:end], members)
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    """Return where something stands again, after blanks and commas."""
    found = BETWEEN_ROWS.match(text, at)
    return found.end() if found else at


def _demand_forecast(row: Row) -> Iterator[Row]:
    for code, member in DEMAND_FORECAST.items():
        names = ("publishTime", "startTime", "settlementDate", "settlementPeriod", "boundary")
        yield {"dataset": code, "demand": row[member], **{name: row[name] for name in names}}


def _fuelinst(recordings: Recordings, path: Path) -> None:
    columns = "publish_s BIGINT, told BIGINT, started BIGINT, fuel VARCHAR, mw BIGINT, number BIGINT"
    recordings.database.execute(f"CREATE TABLE IF NOT EXISTS fuelinst ({columns})")
    recordings.database.execute(
        "INSERT INTO fuelinst SELECT epoch(publishTimeUTC)::BIGINT, epoch(publishTimeUTC)::BIGINT,"
        " epoch(periodStartUTC)::BIGINT, fuelType, generationMW::BIGINT, row_number() OVER (ORDER BY fuelType)"
        " FROM read_parquet(?) WHERE source <> ?",
        [str(path), NOT_FUELINST],
    )
    recordings.add("FUELINST", Table("fuelinst", "publish_s, started, fuel, mw", _fuelinst_row))


def _fuelinst_row(publish_s: int, started_s: int, fuel: str, mw: int) -> list[Row]:
    period = period_at(half_hour_at(started_s))
    return [
        {
            "dataset": "FUELINST",
            "publishTime": stamp(publish_s),
            "startTime": stamp(started_s),
            "settlementDate": period.date,
            "settlementPeriod": period.period,
            "fuelType": fuel,
            "generation": mw,
        }
    ]


def _fuelhh(recordings: Recordings, path: Path) -> None:
    """Take in half-hours with all fuels side by side; their labels are kept, wrong as some are."""
    figures = (*CODES, "INDO", "ITSDO")
    columns = ", ".join(f'"{name}" BIGINT' for name in figures)
    recordings.database.execute(
        f"CREATE TABLE IF NOT EXISTS fuelhh (told BIGINT, started BIGINT, day VARCHAR, period BIGINT, {columns},"
        " number BIGINT DEFAULT 0)"
    )
    names = ", ".join(f'"{name}"' for name in figures)
    kinds = {"settlement_date": "VARCHAR", "settlement_period": "BIGINT", "period_start_utc": "VARCHAR"}
    kinds |= dict.fromkeys(figures, "BIGINT")
    started = "epoch(strptime(period_start_utc, '%Y-%m-%dT%H:%M:%SZ'))::BIGINT"
    recordings.database.execute(
        f"INSERT INTO fuelhh BY POSITION SELECT {started} + {HALF_HOUR_S}, {started}, settlement_date,"  # noqa: S608 - names of our own
        f" settlement_period, {names}, 0 FROM read_csv(?, header = true, types = {kinds!r})",
        [str(path)],
    )
    about = "told, started, day, period"
    recordings.add("FUELHH", Table("fuelhh", f"{about}, {', '.join(CODES)}", _fuelhh_rows))
    for code in ("INDO", "ITSDO"):
        recordings.add(code, Table("fuelhh", f"{about}, {code}", partial(_demand_row, code), f"{code} IS NOT NULL"))


def _settled(at_s: int, started_s: int, day: str, period: int) -> Row:
    times = {"publishTime": stamp(at_s), "startTime": stamp(started_s)}
    return times | {"settlementDate": day, "settlementPeriod": period}


def _fuelhh_rows(at_s: int, started_s: int, day: str, period: int, *mw: int | None) -> Iterator[Row]:
    about = _settled(at_s, started_s, day, period)
    for code, value in zip(CODES, mw, strict=True):
        if value is not None:
            yield {"dataset": "FUELHH", **about, "fuelType": code, "generation": value}


def _demand_row(code: str, at_s: int, started_s: int, day: str, period: int, mw: int) -> list[Row]:
    return [{"dataset": code, **_settled(at_s, started_s, day, period), "demand": mw}]


def _system_price(recordings: Recordings, path: Path) -> None:
    with path.open(newline="") as file:
        for told in csv.DictReader(file):
            day, period = told["settlement_date"], int(told["settlement_period"])
            recordings.prices[(day, period)] = float(told["system_sell_price"])


def _bod(recordings: Recordings, path: Path) -> None:
    recordings.database.execute(
        "CREATE TABLE IF NOT EXISTS bod (told BIGINT, started BIGINT, day VARCHAR, period BIGINT, begin_ VARCHAR,"
        " level_from BIGINT, end_ VARCHAR, level_to BIGINT, pair BIGINT, offer DOUBLE, bid DOUBLE, national VARCHAR,"
        " elexon VARCHAR, number BIGINT DEFAULT nextval('numbers'))"
    )
    started = "epoch(strptime(timeFrom, '%Y-%m-%dT%H:%M:%SZ'))::BIGINT"
    kinds = {"settlementDate": "VARCHAR", "timeFrom": "VARCHAR", "timeTo": "VARCHAR", "bmu_id": "VARCHAR"}
    source = "read_parquet(?)" if path.suffix == ".parquet" else f"read_csv(?, header = true, types = {kinds!r})"
    recordings.database.execute(
        "INSERT INTO bod (told, started, day, period, begin_, level_from, end_, level_to, pair, offer, bid, national,"  # noqa: S608 - names of our own
        f" elexon) SELECT {started}, {started}, settlementDate, settlement_period, timeFrom, level_from, timeTo,"
        f" level_to, pair_id, offer_price, bid_price, nationalGridBmUnit, nullif(bmu_id, '') FROM {source}",
        [str(path)],
    )
    columns = "day, period, begin_, level_from, end_, level_to, pair, offer, bid, national, elexon"
    recordings.add("BOD", Table("bod", columns, _bod_row))


def _bod_row(*values: Any) -> list[Row]:
    return [dict(zip(catalogue()["BOD"].fields, ("BOD", *values), strict=True))]


def _market_index(recordings: Recordings, path: Path) -> None:
    """Take in the API's own CSV; windows of such files overlap, so a row that is there already is left out."""
    recordings.database.execute(
        "CREATE TABLE IF NOT EXISTS mid (told BIGINT, started BIGINT, begin_ VARCHAR, provider VARCHAR, day VARCHAR,"
        " period BIGINT, price DOUBLE, volume DOUBLE, number BIGINT DEFAULT nextval('numbers'))"
    )
    kinds = {"StartTime": "VARCHAR", "SettlementDate": "VARCHAR"}
    started = "epoch(strptime(StartTime, '%Y-%m-%dT%H:%M:%SZ'))::BIGINT"
    recordings.database.execute(
        f"INSERT INTO mid (told, started, begin_, provider, day, period, price, volume) SELECT {started}, {started},"  # noqa: S608 - names of our own
        f" StartTime, DataProvider, SettlementDate, SettlementPeriod, Price, Volume"
        f" FROM read_csv(?, header = true, types = {kinds!r}) AS told WHERE NOT EXISTS (SELECT 1 FROM mid"
        " WHERE mid.begin_ = told.StartTime AND mid.provider = told.DataProvider)",
        [str(path)],
    )
    recordings.add("MID", Table("mid", "begin_, provider, day, period, price, volume", _market_index_row))


def _market_index_row(*values: Any) -> list[Row]:
    return [dict(zip(catalogue()["MID"].fields, ("MID", *values), strict=True))]


def _legacy(recordings: Recordings, path: Path) -> None:
    """Take in one settlement period as the API before told it, in the words of today."""
    national = {unit[BM_UNIT]: unit["nationalGridBmUnit"] for unit in recordings.units if unit.get(BM_UNIT)}
    with path.open(newline="") as file:
        lines = list(csv.reader(file))
    day = datetime.strptime(lines[0][2], "%Y%m%d").replace(tzinfo=UTC).date().isoformat()
    period = int(lines[0][3])
    told = []
    for number, line in enumerate(lines):
        names = {"nationalGridBmUnit": national.get(line[1], line[1]), "bmUnit": line[1]}
        if line[0] in LEGACY_CODES:
            told.append(_legacy_line(line, day, number) | names)
        elif line[0] == "BOALF":
            told.append(_legacy_acceptance(line, day, period) | names)
    recordings.add_rows(told)


def _legacy_line(line: list[str], day: str, number: int) -> Row:
    """Return a notification or a limit; when a limit was notified was not recorded, its sequence is its line."""
    code = LEGACY_CODES[line[0]]
    begin_s, end_s = _legacy_s(line[3]), _legacy_s(line[5])
    notified = {"notificationTime": stamp(begin_s), "notificationSequence": number} if code in ("MELS", "MILS") else {}
    return {
        "dataset": code,
        "settlementDate": day,
        "settlementPeriod": int(line[2]),
        "timeFrom": stamp(begin_s),
        "timeTo": stamp(end_s),
        "levelFrom": round(float(line[4])),
        "levelTo": round(float(line[6])),
        **notified,
    }


def _legacy_acceptance(line: list[str], day: str, period: int) -> Row:
    begin_s, end_s = _legacy_s(line[9]), _legacy_s(line[11])
    flags = {name: line[4 + at] == "T" for name, at in LEGACY_FLAGS.items()}
    return {
        "dataset": "BOALF",
        "settlementDate": day,
        "settlementPeriodFrom": period,
        "settlementPeriodTo": max(period, period_at(half_hour_at(end_s)).period),
        "timeFrom": stamp(begin_s),
        "timeTo": stamp(end_s),
        "levelFrom": round(float(line[10])),
        "levelTo": round(float(line[12])),
        "acceptanceNumber": int(line[2]),
        "acceptanceTime": stamp(_legacy_s(line[3])),
        "deemedBoFlag": flags["deemedBoFlag"],
        "soFlag": flags["soFlag"],
        "amendmentFlag": "ORI",
        "storFlag": flags["storFlag"],
        "rrFlag": flags["rrFlag"],
    }


def _legacy_s(text: str) -> int:
    """Read London's clock; of an hour that comes twice, the first."""
    return seconds_of(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LONDON))


TABLES: dict[str, Read] = {
    r"fuelinst_.*\.parquet": _fuelinst,
    r"fuelhh_.*\.csv(\.gz)?": _fuelhh,
    r"system_price_.*\.csv": _system_price,
    r"bod_.*\.(parquet|csv)": _bod,
    r"legacy_PhysicalData_.*\.csv": _legacy,
    r"MarketIndexPrices-.*\.csv": _market_index,
}
