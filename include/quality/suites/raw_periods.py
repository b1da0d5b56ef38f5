"""Raw: the periods that were asked for, from the first to the newest. A grid without holes."""

from dataclasses import dataclass, field
from datetime import timedelta

from include.quality.asked import asked_spans, unreadable_rejects
from include.quality.expectations import gxe
from include.quality.subject import Check, Subject

MISSING, WITHDRAWN, REJECTED, KNOWN_GAP = "missing", "withdrawn", "rejected", "known gap"


@dataclass(frozen=True)
class Grid:
    """The periods of a dataset: every so long there is one, as its publisher says."""

    dataset: str
    release: str
    time_column: str = "period_started_at"
    """Column of the key that names a period by its start."""
    further_key: tuple[str, ...] = ()
    """The other columns of the key. A period is held as long as one row of it lives."""
    step: timedelta = timedelta(minutes=30)
    word: str = "half-hour"
    """What a period is called."""
    fills_gaps: bool = field(default=True, kw_only=True)
    """Whether the publisher fills its gaps, so that a hole is a short answer; else a hole is only told."""
    known_gaps: str | None = None
    """A seed of what the publisher is known to lack for ever, by `started_at` and `ended_at`, as schema and name."""


def raw_periods(grid: Grid) -> Subject:
    """Return every period the pending runs asked for, with how it stands in raw, and what must hold of them.

    It stands as `living`, `withdrawn`, `rejected`, `known gap`, `missing`, or, after the newest one, `not yet
    published`.
    """
    return Subject(
        suite=f"raw.{grid.dataset}.periods",
        table=f"raw.{grid.dataset}",
        key=("period_started_at",),
        query=_query(grid),
        checks=_checks(grid),
        datasets=(grid.dataset,),
    )


def _checks(grid: Grid) -> tuple[Check, ...]:
    holes = Check(
        "no_period_is_missing",
        gxe.ExpectColumnValuesToNotBeInSet(
            column="standing",
            value_set=[MISSING, WITHDRAWN],
            severity="critical" if grid.fills_gaps else "warning",
            description=f"no {grid.word} is missing before the newest",
            notes="Where the publisher fills its gaps, a hole is a short answer. At the end there may be one.",
        ),
    )
    refused = Check(
        "no_period_was_refused",
        gxe.ExpectColumnValuesToNotBeInSet(
            column="standing",
            value_set=[REJECTED],
            severity="warning",
            description=f"no {grid.word} is missing because its row was refused",
            notes="Refused rows stand in ops.rejected_rows, and a run goes on with a few of them.",
        ),
    )
    return (holes, refused, _known_gap(grid)) if grid.known_gaps else (holes, refused)


def _known_gap(grid: Grid) -> Check:
    return Check(
        "no_period_is_a_known_gap",
        gxe.ExpectColumnValuesToNotBeInSet(
            column="standing",
            value_set=[KNOWN_GAP],
            severity="warning",
            description=f"no {grid.word} is one that the publisher is known to lack",
            notes=f"They stand in {grid.known_gaps}, and nothing waits for them.",
        ),
    )


def _query(grid: Grid) -> str:
    # An index look-up per period: reading all versions of a span would cost as many rows as there were revisions.
    dataset, step = grid.dataset, f"interval '{grid.step.total_seconds():.0f} seconds'"
    return f"""
        with spans as materialized ({asked_spans(dataset, grid.release)}),

        periods as (
            select
                spans.started_at as span_started_at,
                period.started_at as period_started_at,
                latest.is_living,
                max(period.started_at) filter (where latest.is_living)
                    over (partition by spans.started_at) as newest_of_span
            from spans
            cross join lateral generate_series(
                -- The first period that starts within the span, and is not before all that is held.
                date_bin(
                    {step},
                    greatest(spans.started_at, (select min({grid.time_column}) from raw.{dataset}))
                    + {step} - interval '1 microsecond',
                    timestamptz 'epoch'
                ),
                spans.ended_at - interval '1 microsecond',
                {step}
            ) as period (started_at)
            left join lateral ({_is_living(grid, "period.started_at")}) as latest on true
        ),

        newest as (
            select version.{grid.time_column} as period_started_at
            from raw.{dataset} as version
            where
                version.content_hash is not null
                and version.version_id = (
                    select max(latest.version_id) from raw.{dataset} as latest where {_same_key(grid)}
                )
            order by version.{grid.time_column} desc
            limit 1
        ),

        refused as (
            select distinct date_bin({step}, observed_at, timestamptz 'epoch') as period_started_at
            from ops.rejected_rows
            where dataset = '{dataset}' and observed_at is not null
        ),

        standings as (
            select
                periods.period_started_at,
                case
                    when periods.is_living then 'living'
                    when periods.is_living is null and refused.period_started_at is not null then '{REJECTED}'
                    when {_is_known_gap(grid)} then '{KNOWN_GAP}'
                    when periods.is_living is null and periods.period_started_at <= periods.newest_of_span
                        then '{MISSING}'
                    when periods.is_living is not null and periods.period_started_at < newest.period_started_at
                        then '{WITHDRAWN}'
                    else 'not yet published'
                end as standing
            from periods
            left join newest on true
            left join refused on periods.period_started_at = refused.period_started_at
        )

        select
            period_started_at,
            case
                -- A row whose period could not be read may be any of the missing ones.
                when
                    standing = '{MISSING}'
                    and row_number() over (partition by standing order by period_started_at)
                    <= {unreadable_rejects(dataset, grid.release)}
                    then '{REJECTED}'
                else standing
            end as standing
        from standings
    """  # noqa: S608 - names of ours


def _is_living(grid: Grid, instant: str) -> str:
    """SQL: whether any row of a period lives, by the latest version of each; no row where there never was one."""
    of_period = f"from raw.{grid.dataset} as version where version.{grid.time_column} = {instant}"
    if not grid.further_key:
        latest = "order by version.version_id desc limit 1"
        return f"select version.content_hash is not null as is_living {of_period} {latest}"
    # One living row is enough, and is found soon: the versions of all keys would be a hundred times as many.
    return f"""
        select exists (
            select {of_period}
            and version.content_hash is not null
            and not exists (
                select from raw.{grid.dataset} as latest
                where {_same_key(grid)} and latest.version_id > version.version_id
            )
        ) as is_living
        where exists (select {of_period})
    """  # noqa: S608


def _same_key(grid: Grid) -> str:
    return " and ".join(f"latest.{name} = version.{name}" for name in (grid.time_column, *grid.further_key))


def _is_known_gap(grid: Grid) -> str:
    if grid.known_gaps is None:
        return "false"
    return f"""exists (
        select from {grid.known_gaps} as gap
        where gap.started_at <= periods.period_started_at and periods.period_started_at < gap.ended_at
    )"""
