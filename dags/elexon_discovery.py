"""What Elexon publishes today, beside the catalogue by which it is loaded. Daily.

**What it does.** At 04:40 UTC it reads Elexon's list of datasets and its OpenAPI document, asks each dataset for half
an hour in the parameters that it really takes, and keeps what it found in `ops.elexon_discoveries`; the newest is in
`ops.elexon_datasets`. `gridloom elexon datasets` prints it. Where Elexon differs from the catalogue, `gridloom elexon
adopt` takes the difference in; until then fields that are new stand in `_extra`.

**By hand.** A run does the same.

**When it fails.** The cause stands in one line in the log of the failed task and in `ops.pipeline_runs`.

| task | likely cause | what to do |
|---|---|---|
| `discover` | Elexon does not answer, or its list or document is damaged | nothing: the next run asks again |
"""

from airflow.sdk import dag

from include.orchestration.steps import on_schedule, wire_discovery


@dag(
    **on_schedule("40 4 * * *", since=2016, late_after_minutes=30),
    tags=["elexon", "daily"],
    doc_md=__doc__,
)
def elexon_discovery() -> None:
    """Find out what there is."""
    wire_discovery()


elexon_discovery()
