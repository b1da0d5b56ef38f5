"""SQL that says which spans of time the publisher was asked for, and which versions are pending."""


def published_version(dataset: str) -> str:
    """Return SQL for the last version of a dataset that stands in analytics."""
    return f"(select published_version_id from ops.datasets where dataset = '{dataset}')"  # noqa: S608


def asked_spans(dataset: str) -> str:
    """Return a query of the spans that the runs with pending versions asked for: `started_at`, `ended_at`.

    Spans that touch are one. What lies between two spans nobody asked for, so nothing is missing there.
    """
    return f"""
        select lower(span) as started_at, upper(span) as ended_at
        from (
            select unnest(range_agg(tstzrange(started_at, ended_at))) as span
            from (
                select
                    -- A run that does not know its window asked at least for what it brought.
                    least(run.window_started_at, min(pending.period_started_at)) as started_at,
                    greatest(run.window_ended_at, max(pending.period_started_at) + interval '30 minutes') as ended_at
                from raw.{dataset} as pending
                inner join ops.pipeline_runs as run on pending.run_id = run.run_id
                where pending.version_id > {published_version(dataset)}
                group by run.run_id
            ) as run_windows
        ) as merged
    """  # noqa: S608 - the name of a dataset of ours


def unreadable_rejects(dataset: str) -> str:
    """Return SQL that counts the refused rows of the pending runs whose half-hour could not be read."""
    return f"""(
        select count(*)
        from ops.rejected_rows as unreadable
        where
            unreadable.dataset = '{dataset}'
            and unreadable.observed_at is null
            and unreadable.run_id in (
                select pending.run_id from raw.{dataset} as pending
                where pending.version_id > {published_version(dataset)}
            )
    )"""  # noqa: S608
