"""The `gridloom` command. Each command imports what it needs when it is called, so that `--help` is quick."""
# ruff: noqa: PLC0415

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from include.commands.names import Format, KnownHistory, RoleName
from include.serving.exports.formats import FileFormat

app = typer.Typer(
    name="gridloom",
    help="Electricity-grid data from its publishers into audited PostgreSQL tables, every version kept.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are environment variables GRIDLOOM_…, or lines of .env; see .env.example.",
)


@app.command()
def run(
    dag_id: Annotated[str, typer.Argument(help="The DAG, by the name of its file in dags/.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="A param of the run, name=value; the value is read as JSON, else as text."),
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask the publishers first; if none can be reached, run on the simulator.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every line the tasks log.")] = False,
) -> None:
    """Run a DAG once through Airflow, show how it goes, and sum up what it did.

    Starts what is missing (PostgreSQL, migrations, Airflow), and in the end stops the Airflow it started; PostgreSQL
    stays up. Exits with 0 only if the run succeeded.
    """
    from include.commands import run as command

    request = command.Request(dag_id, command.read_params(param or []), probes=probe, is_verbose=verbose)
    raise typer.Exit(0 if command.run(request) else 1)


@app.command()
def up(
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask them first, as `run --probe` does; done unasked the first time.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return only when the scheduler's heart beats.")] = False,
) -> None:
    """Start PostgreSQL and Airflow and keep them running: DAGs follow their schedules, what dies is restarted."""
    from include.commands import platform

    platform.up(probes=probe, waits=wait)


@app.command()
def down(
    erase_data: Annotated[
        bool, typer.Option("--erase-data", help="Then delete the embedded warehouse, its history and all secrets.")
    ] = False,
) -> None:
    """Stop every service, then PostgreSQL."""
    from include.commands import platform

    platform.down(erases=erase_data)


@app.command()
def status(
    check: Annotated[
        bool, typer.Option("--check", help="One line for a watchdog: exits with 1 if anything is not well.")
    ] = False,
    max_age_hours: Annotated[
        float | None,
        typer.Option(
            "--max-age-hours", min=0, help="With --check: how old data may be, in place of each dataset's own limit."
        ),
    ] = None,
) -> None:
    """Say which warehouse is in use, what runs, and how the last runs went.

    Exits with 1 if something that should run does not.
    """
    if check:
        from datetime import timedelta

        from include.commands import check as watchdog

        max_age = None if max_age_hours is None else timedelta(hours=max_age_hours)
        raise typer.Exit(0 if watchdog.check(max_age=max_age) else 1)
    from include.commands import platform

    raise typer.Exit(0 if platform.status() else 1)


@app.command()
def alerts(
    test: Annotated[bool, typer.Option("--test", help="Send a test alert through every channel instead.")] = False,
) -> None:
    """Print the newest alerts and what could not be sent."""
    from include.commands import alerts as command

    if test:
        raise typer.Exit(0 if command.test() else 1)
    command.show()


@app.command()
def metrics(
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen; others than the loopback need a token.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, help="0 takes any free one.")] = None,
) -> None:
    """Serve Prometheus metrics at /metrics: data age, runs, rows, durations, rejects, failed checks."""
    from include.commands import metrics as command

    command.serve(host=host, port=port)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help='One statement, such as "select * from analytics.daily_coverage".')],
    output: Annotated[
        Format, typer.Option("--format", "-f", help="How to print the rows; csv and json print all of them.")
    ] = Format.TABLE,
) -> None:
    """Run a query as the analyst, in a read-only transaction of at most 60 seconds."""
    from include.commands import query

    query.print_query(statement, output)


@app.command()
def latest(
    seconds: Annotated[
        float | None, typer.Argument(min=1, help="With --watch: how often; every 30 seconds by default.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Draw it anew again and again, until Ctrl-C; with --json a line each.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: instants as ISO has them, ages in seconds.")
    ] = False,
) -> None:
    """Show what the grid is doing now: frequency, generation by fuel, interconnectors, demand, prices, and of when."""
    from include.commands import latest as command

    command.latest(command.read_request(seconds, watches=watch, is_json=as_json))


@app.command()
def export(  # noqa: PLR0913, PLR0917 - its options
    table: Annotated[
        str | None,
        typer.Argument(
            help="A table that analysts read, such as half_hourly_generation; or xlsx, the workbook of what the grid is"
            " doing now."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", "--out", help="The file; its ending says the format. The workbook has a name by itself."
        ),
    ] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="A query in place of a table.")] = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", "-f", help="The format, where the ending does not say it.")
    ] = None,
    start: Annotated[str | None, typer.Option("--start", help="Rows of this instant (UTC) and later.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Rows before this instant (UTC).")] = None,
    metadata: Annotated[
        bool, typer.Option("--metadata/--no-metadata", help="Whether a CSV gets a file with its units beside it.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """Write a table or the rows of a query, however many, as CSV, Parquet or XLSX, with the units of its columns.

    `gridloom export xlsx` writes what the grid is doing now, as a formatted workbook. Read as the analyst, in a
    read-only transaction. The file appears once it is whole.
    """
    if table == FileFormat.XLSX and query is None:
        from include.commands import workbook

        workbook.export(workbook.read_request(output, file_format, start, end, replaces=force))
        return
    if output is None:
        raise typer.BadParameter("name the file, such as --output generation.parquet", param_hint="'--output' / '-o'")
    from include.commands import export as command

    request = command.read_request(table, query, start, end)
    command.export(request, command.read_target(output, file_format, has_metadata=metadata, replaces=force))


@app.command()
def dsn(
    role: Annotated[RoleName, typer.Argument(help="Whose login.")],
) -> None:
    """Print the connection string of a login, for psql and BI tools. It holds the password."""
    from include.commands import query

    query.print_dsn(role)


@app.command()
def migrate() -> None:
    """Bring the warehouse in use up to this code: schemas and roles, raw tables, seeds."""
    from include.commands import platform

    platform.migrate()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as gridloom.dump.")],
) -> None:
    """Write the whole warehouse in use into one file; readers and writers go on meanwhile."""
    from include.commands import backup as command

    command.backup(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `gridloom backup` or pg_dump --format=custom wrote.")],
) -> None:
    """Put a backup in the place of the warehouse in use; what was there is set aside, not deleted."""
    from include.commands import backup as command

    command.restore(file)


@app.command(
    "airflow", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def airflow_command(context: typer.Context) -> None:
    """Type a command of Airflow's own against this machine's Airflow, such as `gridloom airflow backfill create …`."""
    from include.commands import platform

    raise typer.Exit(platform.airflow_command(context.args))


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulate(context: typer.Context) -> None:
    """Play the publishers on this machine, faults included; see `gridloom simulate --help`."""
    from include.settings import Settings
    from include.simulator.command import simulate as command

    simulator = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    simulator.command()(command)
    listens = {"host": Settings().bind_host}
    simulator(args=context.args, prog_name="gridloom simulate", default_map=listens)


@app.command()
def docs() -> None:
    """Build dbt's documentation and the Data Docs of the checks, and print where they are."""
    from include.commands import docs as command

    command.docs()


@app.command()
def backtest(
    target: Annotated[str, typer.Option("--target", help="What is foreseen: demand, wind, solar, gas or carbon.")],
    start: Annotated[str, typer.Option("--from", help="First origin (UTC), such as 2026-01-01 or 2026-01-01T06:00Z.")],
    end: Annotated[str, typer.Option("--to", help="Origins lie before this instant (UTC).")],
    model: Annotated[str, typer.Option("--model", help="The model; it is set beside both naive ones.")] = "ridge",
    every: Annotated[float, typer.Option("--every", min=0.5, help="Hours from one origin to the next.")] = 24,
    history: Annotated[
        KnownHistory,
        typer.Option(
            "--history",
            help="What a model is given: what was known at the origin, or the latest of what had ended an hour before,"
            " for history that was loaded later.",
        ),
    ] = KnownHistory.KNOWN,
) -> None:
    """Test how a model would have done at past origins, print it by how far ahead, and keep it in ops.backtests."""
    from include.commands import backtest as command

    command.run(command.read_request(target, model, start, end, every, history))


forecast = typer.Typer(no_args_is_help=True, help="What is foreseen of Great Britain's grid.")
app.add_typer(forecast, name="forecast")


@forecast.command("latest")
def forecast_latest(
    target: Annotated[
        str | None, typer.Option("--target", help="Every half-hour of one: demand, wind, solar, gas or carbon.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="The model; the best of the last 28 days by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: every half-hour of every target.")] = False,
) -> None:
    """Show the newest forecasts with their 80 % intervals, how wrong the model has been, and what was refused."""
    from include.commands import forecast as command

    command.latest(target, model, is_json=as_json)


smart_meters = typer.Typer(no_args_is_help=True, help="Delete readings of smart meters, and change their pseudonyms.")
app.add_typer(smart_meters, name="smart-meters")


@smart_meters.command()
def forget(
    before: Annotated[
        datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="Delete readings of all days before this.")
    ] = None,
    meter: Annotated[
        str | None, typer.Option("--meter", help="Delete readings of one meter, by its id or its pseudonym.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete readings for good, every version of them; sums of many meters stay."""
    from include.commands import smart_meters as command

    command.forget(before=before.date() if before else None, meter=meter, is_sure=yes)


@smart_meters.command("rotate-key")
def rotate_key() -> None:
    """Make all pseudonyms anew, with the key that is set now, else with one that is generated."""
    from include.commands import smart_meters as command

    command.rotate_key()


elexon = typer.Typer(no_args_is_help=True, help="What Elexon publishes, how it is loaded, and years of it.")
app.add_typer(elexon, name="elexon")


@elexon.command("datasets")
def elexon_datasets(
    text: Annotated[str | None, typer.Argument(help="Only those whose code or title has this.")] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="Only those that differ from the committed catalogue.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All that is known of each, as JSON.")] = False,
) -> None:
    """Print Elexon's datasets as they were last found: what is held, what can be loaded, and what has changed."""
    from include.commands import elexon as command

    command.datasets(text, only_drift=drift, as_json=as_json)


@elexon.command()
def adopt(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if there is anything to take.")
    ] = False,
) -> None:
    """Take what Elexon publishes today into the committed catalogue, and write the models that follow from it."""
    from include.commands import elexon as command

    differs = command.adopt(only_checks=check)
    raise typer.Exit(1 if check and differs else 0)


@elexon.command()
def generate(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is stale.")] = False,
) -> None:
    """Write the staging models that follow from the committed catalogue."""
    from include.commands import elexon as command

    is_stale = command.generate(only_checks=check)
    raise typer.Exit(1 if check and is_stale else 0)


@elexon.command()
def backfill(
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First settlement day.")],
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last; by default all until now."),
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", "-d", help="Code of a dataset, such as PN; all by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="How many datasets are loaded at once.")] = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much is not held yet.")] = False,
) -> None:
    """Bring in years of Elexon's datasets, window by window, beside the DAGs and at the same pace as they.

    What is held is left out: one that was stopped goes on where it was. Exits with 0 only if all of it came.
    """
    from include.commands import backfill as command

    request = command.read_request(start, end, dataset or (), workers=workers, is_dry=dry_run)
    raise typer.Exit(0 if command.backfill(request) else 1)


def main() -> None:
    """Run the command. An error that the user can put right is one line, without a traceback."""
    try:
        app()
    except Exception as error:
        from include.commands.failures import is_expected, one_line

        if not is_expected(error):
            raise
        print(f"gridloom: {one_line(error)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
