"""`gridloom export` against a real PostgreSQL: what a file holds, what it says of it, and that it costs no memory."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from include.cli import main
from include.warehouse import Role, Warehouse, connect, session
from tests.declared_dataset import declare
from tests.sheets import read_sheet

LAID_OUT = """
create type analytics.shape as enum ('round', 'flat');
create table analytics.half_hourly_tides (
    period_started_at timestamptz, place text, height_m double precision, share_pct numeric(5, 2), exact numeric,
    settlement_date date, is_high boolean, shape analytics.shape, numbers integer[], told jsonb, lasts interval,
    primary key (period_started_at, place)
);
comment on table analytics.half_hourly_tides is 'Heights of tides, one row per half-hour and place.';
comment on column analytics.half_hourly_tides.share_pct is 'Share of the tide (percent).';
comment on column analytics.half_hourly_tides.height_m is 'Height (MW).';
insert into analytics.half_hourly_tides
select
    timestamptz '2026-05-01 00:00+00' + (5000 - n) * interval '30 minutes', 'Leith',
    -- For long nothing is known, which must not decide what a column is.
    case when n <= 500 then n / 2.0 end, case when n <= 500 then 12.30 end, case when n <= 500 then 1e30 + 0.1 end,
    '2026-05-01', n % 2 = 0, 'flat', array[1, n], '{"a": 1}', interval '1 month 2 days'
from generate_series(1, 5000) as n;
create table analytics.daily_tides (settlement_date date, period_started_on date);
insert into analytics.daily_tides values ('2026-05-01', '2026-05-01');
create table analytics."=1+1" (period_started_at timestamptz, "select; drop" text);
insert into analytics."=1+1" values ('2026-05-01', '=1+1');
grant select on all tables in schema analytics to gridloom_analyst;
create table analytics.secrets (secret text);
revoke all on analytics.secrets from gridloom_analyst;
"""
NEWEST = datetime(2026, 8, 13, 3, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def target(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse with tides in it."""
    with copy_of(template) as warehouse:
        declare(warehouse, time_column="period_started_at", last_known_at=NEWEST)
        transformer = connect(warehouse.dsn(Role.TRANSFORMER), application="tests")
        with transformer, transformer.cursor() as cursor:
            cursor.execute(LAID_OUT)
        transformer.close()
        yield warehouse


@pytest.fixture
def run(target: Warehouse, tmp_path: Path, monkeypatch: Any, capsys: Any) -> Callable[..., tuple[int, str]]:
    """Types `gridloom export …` in a folder of its own; returns its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", target.owner_dsn)

    def typed(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["gridloom", "export", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return typed


def only_line(told: tuple[int, str]) -> str:
    """The one line of a refusal."""
    code, said = told
    assert code == 1
    [line] = said.splitlines()
    return line


def test_a_table_is_a_parquet_file_with_its_types_units_and_attribution(run, tmp_path):
    code, said = run("half_hourly_tides", "--output", "tides.parquet")
    size = (tmp_path / "tides.parquet").stat().st_size
    assert code == 0
    assert re.fullmatch(rf"tides\.parquet: 5,000 rows, {size:,} bytes, \d+\.\d s", said.strip())
    table = pyarrow.parquet.read_table(tmp_path / "tides.parquet")
    text = pa.string()
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == {
        "period_started_at": pa.timestamp("us", "UTC"),
        **{"place": text, "height_m": pa.float64(), "share_pct": pa.decimal128(5, 2), "exact": text},
        **{"settlement_date": pa.date32(), "is_high": pa.bool_(), "shape": text, "numbers": text},
        **{"told": text, "lasts": text},
    }
    schema = table.schema
    assert schema.field("share_pct").metadata == {b"unit": b"%", b"description": b"Share of the tide (percent)."}
    assert schema.field("period_started_at").metadata == {b"unit": b"UTC"}
    assert schema.metadata[b"table"] == b"analytics.half_hourly_tides"
    assert schema.metadata[b"description"] == b"Heights of tides, one row per half-hour and place."
    assert schema.metadata[b"attribution"] == b"Contains tides"
    assert schema.metadata[b"licence_url"] == b"https://tide.test/licence"
    assert schema.metadata[b"is_simulated"] == b"false"
    assert datetime.fromisoformat(schema.metadata[b"exported_at"].decode()) <= datetime.now(UTC)


def test_rows_come_in_the_order_of_the_primary_key_and_numbers_are_exact(run, tmp_path):
    run("half_hourly_tides", "--output", "tides.parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "tides.parquet").to_pylist()
    assert [row["period_started_at"] for row in rows] == sorted(row["period_started_at"] for row in rows)
    newest = rows[-1]
    assert newest["period_started_at"] == datetime(2026, 8, 13, 3, 30, tzinfo=UTC)
    assert (newest["share_pct"], newest["exact"]) == (Decimal("12.30"), "1000000000000000000000000000000.1")
    assert (newest["settlement_date"], newest["is_high"], newest["shape"]) == (date(2026, 5, 1), False, "flat")
    assert (newest["numbers"], newest["told"], newest["lasts"]) == ("{1,1}", '{"a": 1}', "1 mon 2 days")
    assert rows[0]["share_pct"] is rows[0]["height_m"] is None


def test_a_csv_holds_the_same_and_says_beside_it_what_it_is(run, tmp_path):
    assert run("analytics.half_hourly_tides", "-o", "tides.csv")[0] == 0
    table = pyarrow.csv.read_csv(tmp_path / "tides.csv")
    assert table.num_rows == 5000
    assert table.column_names[:4] == ["period_started_at", "place", "height_m", "share_pct"]
    told = json.loads((tmp_path / "tides.csv-metadata.json").read_text())
    assert told["url"] == "tides.csv"
    assert [each["titles"] for each in told["tableSchema"]["columns"]] == table.column_names
    assert told["tableSchema"]["columns"][3]["schema:unitText"] == "%"
    assert told["dc:rights"] == ["Contains tides"]


def test_metadata_can_be_left_out(run, tmp_path):
    assert run("half_hourly_tides", "-o", "tides.csv", "--no-metadata")[0] == 0
    assert [each.name for each in tmp_path.iterdir()] == ["tides.csv"]


def test_a_spreadsheet_holds_the_same_and_a_sheet_of_units(run, tmp_path):
    assert run("half_hourly_tides", "-o", "tides.xlsx")[0] == 0
    rows = read_sheet(tmp_path / "tides.xlsx", 1)
    assert len(rows) == 5001
    assert [rows[-1][letter].text for letter in "ABCD"] == ["46247.14583333333", "Leith", "0.5", "12.3"]
    told = [[cell.text for cell in row.values()] for row in read_sheet(tmp_path / "tides.xlsx", 2)]
    assert ["share_pct", "%", "Share of the tide (percent)."] in told
    assert ["attribution", "Contains tides"] in told


def test_a_span_is_half_open_and_in_utc(run, tmp_path):
    span = ("--start", "2026-05-01T02:00+01:00", "--end", "2026-05-01 02:30")
    assert run("half_hourly_tides", "-o", "tides.parquet", *span)[0] == 0
    at = pyarrow.parquet.read_table(tmp_path / "tides.parquet")["period_started_at"].to_pylist()
    assert (at[0], at[-1], len(at)) == (
        datetime(2026, 5, 1, 1, 0, tzinfo=UTC),
        datetime(2026, 5, 1, 2, 0, tzinfo=UTC),
        3,
    )


def test_a_column_of_a_query_keeps_the_description_it_has_in_its_table(run, tmp_path):
    query = "select share_pct as part, 2 * height_m as twice_mw, place, place from half_hourly_tides limit 2; -- done"
    assert run("--query", query, "--output", "parts", "--format", "parquet")[0] == 0
    schema = pyarrow.parquet.read_schema(tmp_path / "parts")
    assert schema.names == ["part", "twice_mw", "place", "place_2"]
    assert schema.field("part").type == pa.decimal128(5, 2)
    assert schema.field("part").metadata[b"description"] == b"Share of the tide (percent)."
    assert schema.field("twice_mw").metadata == {b"unit": b"MW"}
    assert schema.metadata[b"query"].decode() == query
    assert schema.metadata[b"attribution"] == b"Contains tides"


def test_a_query_without_rows_has_columns_and_their_types(run, tmp_path):
    run("-q", "select height_m, 1 as one from half_hourly_tides where false", "-o", "none.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "none.parquet")
    assert (table.num_rows, table.schema.types) == (0, [pa.float64(), pa.int32()])


def test_a_name_is_looked_up_and_never_part_of_a_statement(run, tmp_path):
    assert run("=1+1", "-o", "odd.xlsx", "--start", "2026-01-01")[0] == 0
    [heading, row] = read_sheet(tmp_path / "odd.xlsx", 1)
    assert (heading["B"].text, row["B"].text, row["B"].kind) == ("select; drop", "=1+1", "inlineStr")
    refused = only_line(run("half_hourly_tides; drop table x", "-o", "x.csv"))
    assert "there is no table half_hourly_tides; drop table x; did you mean half_hourly_tides?" in refused


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["half_hourly_tide"], "there is no table half_hourly_tide; did you mean half_hourly_tides"),
        (["secrets"], "there is no table secrets"),
        (["raw.neso_generation_mix"], "there is no table raw.neso_generation_mix"),
        (["daily_tides", "--end", "2026-05-01"], "analytics.daily_tides has no time column to filter by"),
        (["half_hourly_tides", "--start", "May"], "--start May is no instant; write it as 2026-05-01"),
        (["half_hourly_tides", "--start", "2026-05-02", "--end", "2026-05-02"], "--start must be before --end"),
        ([], "name a table or give a query"),
        (["half_hourly_tides", "-q", "select 1"], "name a table or give a query"),
        (["-q", "select 1", "--end", "2026-05-02"], "--start and --end are for tables"),
        (["-q", "select 1; select 2"], "cannot insert multiple commands into a prepared statement"),
        (["-q", "select 1; commit"], "cannot insert multiple commands into a prepared statement"),
        (["-q", "delete from half_hourly_tides"], "only a query has rows to write"),
        (
            ["-q", "with gone as (delete from daily_tides returning *) table gone"],
            "DECLARE CURSOR must not contain data-modifying",
        ),
        (["-q", "select nextval('ops.build_id')"], "permission denied for sequence build_id"),
        (["-q", "selec 1"], 'syntax error at or near "selec"'),
        (["-q", "select from half_hourly_tides"], "only a query has rows to write"),
        (["-q", "select $1::text"], "there is no parameter $1"),
        (["-q", "select 1 / (3 - n) from generate_series(1, 5) as n"], "division by zero"),
        (
            ["-q", "select 'NaN'::numeric(5, 2) as share_pct"],
            "share_pct holds NaN, which files have no value for: cast",
        ),
        (["-q", "select timestamptz 'infinity' as at"], "at holds infinity, which files have no value for"),
        (["-q", "table analytics.secrets"], "permission denied for table secrets"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_leaves_no_file(run, tmp_path, arguments, reason):
    assert only_line(run(*arguments, "-o", "x.csv")).startswith(f"gridloom: {reason}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_unless_it_may_go(run, tmp_path):
    (tmp_path / "x.csv").write_text("as it was")
    assert (
        only_line(run("-q", "select 1 as n", "-o", "x.csv")) == "gridloom: x.csv is there already; --force replaces it"
    )
    assert run("-q", "select 1 as n", "-o", "x.csv", "--force")[0] == 0
    assert (tmp_path / "x.csv").read_text() == '"n"\n1\n'


def test_a_disk_that_takes_nothing_is_said_in_one_line(run, monkeypatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("include.serving.exports.csv_file.CsvFile.write", full)
    assert "cannot write x.csv: [Errno 28] No space left" in only_line(run("-q", "select 1", "-o", "x.csv"))


def test_a_table_that_no_sheet_holds_is_refused_before_one_is_begun(run, tmp_path, monkeypatch):
    monkeypatch.setattr("include.serving.exports.xlsx_file.MOST_ROWS", 4_999)
    begun = []
    monkeypatch.setattr("include.serving.exports.xlsx_file.XlsxFile.write", lambda *_: begun.append(1))
    refused = only_line(run("half_hourly_tides", "-o", "x.xlsx"))
    assert refused.endswith("the rows are more than the 4,999 that a sheet has; write Parquet or CSV, or fewer of them")
    assert begun == []
    assert run("half_hourly_tides", "-o", "x.xlsx", "--start", "2026-05-01T01:00Z")[0] == 0


def test_the_session_is_the_analysts_and_reads_only(run, tmp_path):
    settings = "current_user::text, current_setting('transaction_read_only'), current_setting('statement_timeout')"
    run("-q", f"select {settings}, current_setting('application_name')", "-o", "who.csv")
    [_, row] = (tmp_path / "who.csv").read_text().splitlines()
    assert row == '"gridloom_analyst","on","1min","gridloom export"'


# Writes a result and then a much larger one, and says how much memory the second one took beyond the first.
MEASURE = """
import resource, sys
from pathlib import Path
from include.commands import export

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def write(rows):
    query = f"select n, n / 7.0::float8 as load_mw, 'meter ' || n as meter from generate_series(1, {rows}) as n"
    target = export.read_target(Path(sys.argv[1]), None, has_metadata=False, replaces=True)
    export.export(export.read_request(None, query, None, None), target)

write(int(sys.argv[2]))
before = peak_mb()
write(int(sys.argv[3]))
print(peak_mb() - before)
"""
# One million rows take some 150 MB as Python has them.
MOST_GROWTH_MB = 30


@pytest.mark.parametrize(
    ("name", "few", "many"),
    [("x.csv", 150_000, 1_000_000), ("x.parquet", 150_000, 1_000_000), ("x.xlsx", 5_000, 50_000)],
)
def test_memory_does_not_grow_with_the_rows(target, tmp_path, name, few, many):
    environment = {**os.environ, "GRIDLOOM_WAREHOUSE_URL": target.owner_dsn}
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / name, str(few), str(many)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert float(told.stdout) < MOST_GROWTH_MB
    assert f"{many:,} rows" in told.stderr.splitlines()[-1]


def test_a_simulated_warehouse_says_so_in_the_file(target, tmp_path):
    """The home says what the warehouse holds; its database is another one then."""
    from include.commands import export  # noqa: PLC0415

    request = export.read_request("half_hourly_tides", None, None, None)
    wanted = export.read_target(tmp_path / "x.parquet", None, has_metadata=True, replaces=False)
    export._export(target, request, wanted, is_simulated=True)
    told = pyarrow.parquet.read_schema(tmp_path / "x.parquet").metadata
    assert told[b"is_simulated"] == b"true"
    assert told[b"provenance"].startswith(b"SIMULATED DATA")


def test_a_warehouse_that_was_never_migrated_is_told_apart(run, target, monkeypatch):
    with session(target.owner_dsn, application="tests", autocommit=True) as owner, owner.cursor() as cursor:
        cursor.execute("alter table ops.datasets rename to away")
        try:
            assert 'relation "ops.datasets" does not exist' in only_line(run("half_hourly_tides", "-o", "x.csv"))
        finally:
            cursor.execute("alter table ops.away rename to datasets")
