"""Spoilt answers, served over HTTP and loaded: nothing lost, nothing wrong admitted, each reject with its reason.

What each row deserves is worked out here, from the publisher's documented contract and Python's own JSON reader.
"""

import json
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg2

from include.ingestion.due import Asked
from include.ingestion.errors import LastingError, PassingError
from include.ingestion.http import ApiClient, Patience
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import SharedPace
from include.ingestion.window import Window
from include.operations import runs
from include.sources.neso.generation_mix import GENERATION_MIX
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Role
from tests.faults.ground import Ground
from tests.faults.mutations import KINDS, Line, Mutation, mutations, sound
from tests.faults.published import copy_of, instant, lines_of
from tests.faults.score import Outcome

FAMILY = "spoilt answers"
ONCE = Patience(attempts=1, total_s=60, longest_wait_s=0, first_wait_s=0)
ROWS = 192
RECORDED = "neso/generation_mix_2026_asof_2026-05-31.csv.gz"
HALF_HOUR = timedelta(minutes=30)
MAX_TOMBSTONES, MAX_REJECTED_SHARE, MAX_MESSAGE = 48, 0.01, 2_000
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
LIMITS = {"CARBON_INTENSITY": 1_500.0, "ZERO_CARBON_perc": 200.0}
MOST_PLAIN_CHARACTERS = 40
WAY_OF_ASKING = ("_id", "_full_text", "_count")


class Portal:
    """Answers the datastore with whatever body it was given; says of each that it is a new edition."""

    def __init__(self) -> None:
        self.body = b""
        self.edition = 0
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                about = {"success": True, "result": {"last_modified": f"edition {portal.edition}"}}
                body = json.dumps(about).encode() if "resource_show" in self.path else portal.body
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/3/action"

    def publish(self, body: bytes) -> None:
        """Put out a new edition."""
        self.body, self.edition = body, self.edition + 1


@contextmanager
def portal() -> Iterator[Portal]:
    """Serve, for the length of a block."""
    serving = Portal()
    thread = threading.Thread(target=serving.server.serve_forever, daemon=True)
    thread.start()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()


@dataclass(frozen=True)
class Deserved:
    """What a spoilt answer deserves: `sound` rows by half-hour, and how many rows are to be refused."""

    sound: dict[datetime, dict[str, Any]]
    unsound: int
    doubtful: int
    is_readable: bool
    mentioned: frozenset[datetime]
    columns: Any = None
    """What the answer says of its columns."""


def deserved(body: bytes, window: Window) -> Deserved:
    """Read an answer as strictly as JSON can be read."""
    try:
        answer = json.loads(body.decode("utf-8"), object_pairs_hook=Pairs, parse_float=Spelt, parse_int=Spelt)
        result = dict(dict(answer)["result"])
        records, columns = result["records"], result.get("fields")
    except (ValueError, RecursionError, KeyError, TypeError):
        return Deserved({}, 0, 0, is_readable=False, mentioned=frozenset())
    judged = [_judged(record, window) for record in records]
    stamps = Counter(stamp for stamp, _, _ in judged if stamp)
    first = {stamp: values for stamp, values, _ in reversed(judged) if stamp and values}
    sound_rows = {stamp: values for stamp, values in first.items() if stamps[stamp] == 1}
    unsound = sum(1 for _, values, _ in judged if values is None)
    doubtful = sum(1 for stamp, values, is_odd in judged if values is not None and (is_odd or stamps[stamp] > 1))
    return Deserved(sound_rows, unsound, doubtful, is_readable=True, mentioned=frozenset(stamps), columns=columns)


class Pairs(list[tuple[str, Any]]):
    """An object, with every key that it has, however often."""


class Spelt(str):
    """A number as it is spelt."""

    __slots__ = ()


def _judged(record: Any, window: Window) -> tuple[datetime | None, dict[str, Any] | None, bool]:
    """Return a record's half-hour, its values or None where it breaks the contract, and whether that is arguable."""
    if not isinstance(record, Pairs):
        return None, None, False
    names = [name for name, _ in record]
    values = dict(record)
    stamp = _stamp(values.get("DATETIME"), window)
    is_whole = len(names) == len(set(names)) and set(COLUMNS) <= set(names)
    if stamp is None or not is_whole or not all(_fits(name, values[name]) for name in COLUMNS):
        return stamp, None, False
    others = {name: value for name, value in values.items() if name not in (*COLUMNS, *WAY_OF_ASKING, "DATETIME")}
    # Of columns that nobody has announced, all that is asked is that PostgreSQL can hold them.
    is_odd = bool(others) or any(not _is_plain(values[name]) for name in (*COLUMNS, *WAY_OF_ASKING) if name in values)
    return stamp, {name: float(values[name]) for name in COLUMNS}, is_odd


def _stamp(value: Any, window: Window) -> datetime | None:
    try:
        stamp = instant(value)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    is_utc = datetime.fromisoformat(value).utcoffset() in (None, timedelta())
    return stamp if is_utc and stamp in window and not (stamp - window.start) % HALF_HOUR else None


def _fits(name: str, value: Any) -> bool:
    if not isinstance(value, str) or not PLAIN_NUMBER.fullmatch(value.strip()):
        return False
    number = float(value)
    return math.isfinite(number) and 0 <= number <= LIMITS.get(name, 100.0 if name.endswith("_perc") else 150_000.0)


def _is_plain(value: Any) -> bool:
    """Whether there can be no two opinions on a value: a short text or number as NESO writes them."""
    if not isinstance(value, str) or len(value) > MOST_PLAIN_CHARACTERS or not re.fullmatch(r"[ -~]*", value):
        return False
    return value == value.strip() and not re.search(r"[0-9][eE][+-]?[0-9]{3}", value)


COLUMNS: tuple[str, ...] = (
    *("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE"),
    *("GENERATION", "CARBON_INTENSITY", "LOW_CARBON", "ZERO_CARBON", "RENEWABLE", "FOSSIL"),
    *("GAS_perc", "COAL_perc", "NUCLEAR_perc", "WIND_perc", "WIND_EMB_perc", "HYDRO_perc", "IMPORTS_perc"),
    *("BIOMASS_perc", "OTHER_perc", "SOLAR_perc", "STORAGE_perc", "GENERATION_perc", "LOW_CARBON_perc"),
    *("ZERO_CARBON_perc", "RENEWABLE_perc", "FOSSIL_perc"),
)


@dataclass
class Trial:
    """One warehouse that is fed spoilt answers, each followed by the sound one."""

    ground: Ground
    portal: Portal
    lines: Sequence[Line]
    kinds: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        first, last = instant(self.lines[0]["DATETIME"]), instant(self.lines[-1]["DATETIME"])
        self.window = Window(first, last + HALF_HOUR)
        self.baseline = copy_of(dict(line) for line in self.lines)
        self.sound_body = sound(self.lines).body()
        self.sound_columns = deserved(self.sound_body, self.window).columns

    def feed(self, body: bytes) -> tuple[int, BaseException | None]:
        """Load a body as a run of its own; return the run and what it raised."""
        self.portal.publish(body)
        place = self.ground.place
        with place.session(Role.LOADER) as loader, place.session(Role.LOADER, autocommit=True) as pacing:
            client = ApiClient(
                self.portal.url,
                SharedPace(pacing, "neso", PIPELINE.intake.rates(place.settings)),
                ONCE,
                read_timeout_s=60,
            )
            name = f"spoilt__{self.portal.edition}"
            run = Run(PIPELINE.dag_id, runs.open_run(loader, PIPELINE.dag_id, name))
            error: BaseException | None = None
            try:
                ingest(GENERATION_MIX, Asked(self.window), client=client, warehouse=loader, run=run)
            except Exception as raised:  # noqa: BLE001 - which kind it is, is what is asked
                error = raised
                loader.rollback()
                runs.record_failure(loader, run.run_id, runs.Failure("extract_and_load", str(raised)[:500], ""))
            runs.close_run(loader, PIPELINE.dag_id, name, failed=error is not None)
        return run.run_id, error

    def wrong_after(self, mutation: Mutation) -> list[str]:
        """Feed a spoilt answer, then the sound one; return what was wrong."""
        run_id, error = self.feed(mutation.body)
        told = deserved(mutation.body, self.window)
        written = self._written(run_id)
        wrong = _error_is_ours(error) + (
            self._wrongly_refused(told, error, written) if error else self._wrongly_loaded(told, written, run_id)
        )
        healed_by, error = self.feed(self.sound_body)
        wrong += [f"the sound answer failed afterwards: {error}"] if error else []
        return wrong + self._not_healed(healed_by)

    def _wrongly_refused(self, told: Deserved, error: BaseException, written: dict[datetime, Any]) -> list[str]:
        is_sound = told.is_readable and not told.unsound and not told.doubtful
        is_whole = told.columns == self.sound_columns and told.sound.keys() == self.baseline.keys()
        is_flawless = is_sound and is_whole
        return [
            *([f"refused, yet wrote {len(written)} versions"] if written else []),
            *([f"a sound answer was refused: {error}"] if is_flawless else []),
        ]

    def _wrongly_loaded(self, told: Deserved, written: dict[datetime, Any], run_id: int) -> list[str]:
        if not told.is_readable:
            return ["an answer that cannot be read was loaded"]
        tombstones = [at for at, payload in written.items() if payload is None]
        wrong = [
            at for at, payload in written.items() if payload is not None and not _same(payload, told.sound.get(at))
        ]
        rejected, reasonless = self._rejected(run_id)
        latest = self._latest()
        lost = [at for at, values in told.sound.items() if not _same(latest.get(at), values)]
        return [
            *self._unreadable(run_id),
            *([f"wrong rows were admitted: {wrong[:3]}"] if wrong else []),
            *([f"withdrawn without reason: {tombstones[:3]}"] if set(tombstones) & told.mentioned else []),
            *([f"withdrawn beside rejects: {tombstones[:3]}"] if tombstones and rejected else []),
            *([f"{len(tombstones)} withdrawn at once"] if len(tombstones) > MAX_TOMBSTONES else []),
            *([f"{told.unsound} unsound rows, {rejected} rejected"] if rejected < told.unsound else []),
            *([f"{rejected} rejected, {told.unsound} unsound"] if rejected > told.unsound + told.doubtful else []),
            *([f"sound rows were lost: {lost[:3]}"] if len(lost) > told.doubtful else []),
            *([f"{reasonless} rejects without a reason or payload"] if reasonless else []),
        ]

    def _not_healed(self, run_id: int) -> list[str]:
        latest = self._latest()
        off = [at for at, values in self.baseline.items() if not _same(latest.get(at), values)]
        extra = latest.keys() - self.baseline.keys()
        rejected, _ = self._rejected(run_id)
        return (
            [f"not healed by the sound answer: {len(off)} off, {len(extra)} too many"]
            if off or extra or rejected
            else []
        )

    def _unreadable(self, run_id: int) -> list[str]:
        """Whether PostgreSQL reads the numbers of a run as the models have it read them."""
        numbers = " + ".join(f"(payload ->> '{name}')::float8" for name in COLUMNS)
        try:
            self._query(f"select sum({numbers}) from raw.neso_generation_mix where run_id = %s", run_id)
        except psycopg2.DataError as error:
            return [f"models cannot read what was admitted: {error.diag.message_primary}"]
        return []

    def _written(self, run_id: int) -> dict[datetime, Any]:
        rows = self._query("select period_started_at, payload from raw.neso_generation_mix where run_id = %s", run_id)
        return dict(rows)

    def _latest(self) -> dict[datetime, Any]:
        rows = self._query(
            "select distinct on (period_started_at) period_started_at, payload from raw.neso_generation_mix"
            " order by period_started_at, version_id desc"
        )
        return {at: payload for at, payload in rows if payload is not None}

    def _rejected(self, run_id: int) -> tuple[int, int]:
        [(told,)] = self._query("select coalesce(rejected, 0) from ops.pipeline_runs where run_id = %s", run_id)
        [(reasonless,)] = self._query("select count(*) from ops.rejected_rows where reason = '' or payload = ''")
        return told, reasonless

    def _query(self, statement: str, *values: Any) -> list[Any]:
        with self.ground.witness.look() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def _error_is_ours(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    told = str(error)
    return [
        *(
            []
            if isinstance(error, PassingError | LastingError)
            else [f"unhandled {type(error).__name__}: {told[:200]}"]
        ),
        *(["the cause is not told in one line"] if "\n" in told or len(told) > MAX_MESSAGE or not told else []),
    ]


def _same(payload: dict[str, Any] | None, values: dict[str, Any] | None) -> bool:
    """Whether a payload's numbers, read as the models read them, are these."""
    if payload is None or values is None:
        return payload is values
    return all(float(payload[name]) == values[name] for name in COLUMNS)


def spoilt(ground: Ground, recorded: Path, *, count: int, seed: int) -> Iterator[Outcome]:
    """Feed so many spoilt answers; one outcome for each kind, and one for what analysts see in the end."""
    lines = list(lines_of(recorded / RECORDED))[-ROWS:]
    with portal() as serving:
        trial = Trial(ground, serving, lines)
        _, error = trial.feed(trial.sound_body)
        assert error is None, error
        wrong: dict[str, list[str]] = {kind: [] for kind in KINDS}
        played: Counter[str] = Counter()
        survived: Counter[str] = Counter()
        for mutation in mutations(lines, count=count, seed=seed):
            found = trial.wrong_after(mutation)
            played[mutation.kind] += 1
            survived[mutation.kind] += not found
            wrong[mutation.kind] += found
        for kind in KINDS:
            good, bad = survived[kind], played[kind] - survived[kind]
            yield from ([Outcome(FAMILY, kind, weight=good)] if good else [])
            yield from ([Outcome(FAMILY, kind, tuple(wrong[kind]), weight=bad)] if bad else [])
        yield Outcome(FAMILY, "what analysts see in the end", tuple(_in_the_end(trial)))


def _in_the_end(trial: Trial) -> list[str]:
    """Build and publish what came of all of it, by a run whose publisher is sound again."""
    trial.portal.publish(trial.sound_body)
    ground = trial.ground
    settings = ground.place.settings.model_copy(update={"neso_url": trial.portal.url})
    ground.place = type(ground.place)(settings, ground.place.address)
    ended = ground.spanning(trial.window.start, trial.window.end).play()
    return [*([] if ended.succeeded else [ended.said]), *ground.witness.after_healing(trial.baseline)]
