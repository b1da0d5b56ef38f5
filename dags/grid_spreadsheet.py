"""What the grid is doing now, in a Google Sheet: the summary, fuels and interconnectors, formatted.

**What it does.** Whenever `analytics.grid_now` is published, it writes the workbook of `gridloom export xlsx` over
the tabs *Grid now*, *Generation* and *Interconnectors* of one spreadsheet, all of them in one request, and makes those
that are missing. Other tabs are left alone. It loads nothing and publishes nothing.

**What it needs.** An Airflow connection `google_sheets`, whose extra holds `keyfile_dict` (the JSON key of a Google
service account) and `spreadsheet_id` (or the sheet's address), and the sheet shared with the account's address as an
editor: docs/spreadsheet.md. Where there is no such connection, the task is skipped.

**By hand.** Trigger it: it writes what is published now, so any run can be repeated.

**When it fails.** The cause stands in one line in the log of the task and in `ops.pipeline_runs`. What may pass (a
quota, 429; Google away) is tried four times more, after 30 seconds and then twice as long each time.

| the log says | what to do |
|---|---|
| there is no spreadsheet … that … sees | correct `spreadsheet_id`; share the sheet with the address that is named |
| … may not write to spreadsheet … | share it as an editor; enable the Google Sheets API in the account's project |
| Google gives … no token, or refuses it | make a new key for the account, and put it into the connection |
| Google Sheets answers 429, or does not answer | nothing: the next publication writes it again |
"""

from airflow.sdk import dag

from include.orchestration.spreadsheet import wire_spreadsheet
from include.orchestration.steps import asset_of, on_assets


@dag(
    **on_assets(asset_of("grid_now")),
    # Of two that write at once, the older state could be what stays.
    max_active_runs=1,
    tags=["elexon", "spreadsheet"],
    doc_md=__doc__,
)
def grid_spreadsheet() -> None:
    """Write the workbook."""
    wire_spreadsheet()


grid_spreadsheet()
