"""SQL that says what the publisher was asked for, and which versions are pending for a release."""


def published_version(dataset: str, release: str) -> str:
    """Return SQL for the last version of a dataset that a release has published."""
    return f"""(
        select published_version_id from ops.watermarks where release = '{release}' and dataset = '{dataset}'
    )"""  # noqa: S608 - names of ours


def pending_runs(dataset: str, release: str) -> str:
    """Return a query of the runs that brought pending versions."""
    return f"select run_id from raw.{dataset} where version_id > {published_version(dataset, release)}"  # noqa: S608


def asked_spans(dataset: str, release: str) -> str:
    """Return a query of the spans that the runs with pending versions asked for: `started_at`, `ended_at`.

    Spans that touch are one. What lies between two spans nobody asked for, so nothing is missing there.
    """
    return f"""
        select lower(span) as started_at, upper(span) as ended_at
        from (
            select unnest(range_agg(covers)) as span
            from ops.loads
            where
                dataset = '{dataset}'
                and outcome = 'held'
                and covers is not null
                and run_id in ({pending_runs(dataset, release)})
        ) as merged
    """  # noqa: S608


def unreadable_rejects(dataset: str, release: str) -> str:
    """Return SQL that counts the refused rows of the pending runs whose period could not be read."""
    return f"""(
        select count(*)
        from ops.rejected_rows as unreadable
        where
            unreadable.dataset = '{dataset}'
            and unreadable.observed_at is null
            and unreadable.run_id in ({pending_runs(dataset, release)})
    )"""  # noqa: S608
