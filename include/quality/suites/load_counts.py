"""Raw: what a run says that it did to a dataset, against what it did."""

from include.quality.asked import published_version
from include.quality.expectations import gxe
from include.quality.subject import Check, Subject


def load_counts(dataset: str, release: str, run_id: int) -> Subject:
    """Return the counts of a run's loads of a dataset, and what must hold of them."""
    return Subject(
        suite=f"ops.loads.{dataset}",
        table="ops.loads",
        key=("run_id",),
        query=_query(dataset, release, run_id),
        checks=CHECKS,
        datasets=(dataset,),
    )


CHECKS = (
    Check(
        "versions_are_counted",
        gxe.ExpectColumnValuesToBeInSet(
            column="versions_uncounted",
            value_set=[0],
            description="the run added as many versions as it counted new, revised and withdrawn",
            notes="Both are written in one transaction; a difference means that rows were lost or added by others.",
        ),
    ),
)


def _query(dataset: str, release: str, run_id: int) -> str:
    added = f"(select count(*) from raw.{dataset} where run_id = {run_id}"  # noqa: S608
    return f"""
        select
            run_id,
            -- The history is read only where another run has published these versions meanwhile.
            case
                when {added} and version_id > {published_version(dataset, release)}) = versions_counted then 0
                else {added}) - versions_counted
            end as versions_uncounted
        from (
            select run_id, sum(new + revised + withdrawn) as versions_counted
            from ops.loads
            where run_id = {run_id} and dataset = '{dataset}'
            group by run_id
        ) as run
    """  # noqa: S608
