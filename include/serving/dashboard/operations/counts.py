"""Headings of what a run or a load did to rows, by column of `ops.pipeline_runs` and `ops.loads`."""

COUNTS = {
    "fetched": "Fetched",
    "new": "New",
    "revised": "Revised",
    "withdrawn": "Withdrawn",
    "unchanged": "Unchanged",
    "rejected": "Rejected",
}
LOAD_COUNTS = COUNTS | {"repeated": "Repeated", "outside": "Outside"}
