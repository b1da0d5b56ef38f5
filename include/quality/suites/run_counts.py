"""Raw: what a run says it did, against what it did."""

from collections.abc import Sequence

from include.quality.asked import published_version
from include.quality.expectations import gxe
from include.quality.subject import Subject

MAX_REJECTED_PCT = 1


def run_counts(datasets: Sequence[str], run_id: int) -> Subject:
    """Return the counts of one run over its datasets, and what must hold of them."""
    return Subject(
        suite="ops.pipeline_runs",
        table="ops.pipeline_runs",
        key=("run_id",),
        query=_query(datasets, run_id),
        expectations=EXPECTATIONS,
    )


EXPECTATIONS = (
    gxe.ExpectColumnValuesToBeInSet(
        column="versions_uncounted",
        value_set=[0],
        description="the run added as many versions as it counted new, revised and withdrawn",
        notes="Both are written in one transaction; a difference means that rows were lost or added by somebody else.",
    ),
    gxe.ExpectColumnValuesToBeBetween(
        column="rejected_pct",
        max_value=MAX_REJECTED_PCT,
        description=f"at most {MAX_REJECTED_PCT} % of the rows fetched were refused",
        notes="None of the recorded rows breaks its contract. More than a few mean that the contract changed.",
    ),
)


def _query(datasets: Sequence[str], run_id: int) -> str:
    pending = " + ".join(
        f"(select count(*) from raw.{name} where version_id > {published_version(name)} and run_id = {run_id})"  # noqa: S608
        for name in datasets
    )
    ever = " + ".join(f"(select count(*) from raw.{name} where run_id = {run_id})" for name in datasets)  # noqa: S608
    return f"""
        select
            run_id,
            100.0::double precision * rejected / nullif(fetched, 0) as rejected_pct,
            -- The history is read only where another run has published these versions meanwhile.
            case
                when versions_pending = versions_counted then 0
                else {ever} - versions_counted
            end as versions_uncounted
        from (
            select
                *,
                {pending} as versions_pending,
                coalesce(new, 0) + coalesce(revised, 0) + coalesce(withdrawn, 0) as versions_counted
            from ops.pipeline_runs
            where run_id = {run_id}
        ) as run
    """  # noqa: S608
