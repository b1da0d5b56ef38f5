"""docs/performance.md: the table between its markers, from what was measured last."""

from collections.abc import Iterator
from typing import Any

from benchmarks import elexon_marts, forecasts, results, thirty_million
from include.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write() -> None:
    """Replace what stands between the markers."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text()}\n{END}{after}")


def text() -> str:
    """Return what was measured, as Markdown."""
    sections = {
        "hourly": _hourly,
        "cosmos": _cosmos,
        "full_history": _full_history,
        "bulk_load": _bulk_load,
        "queries": _queries,
        "browser": _browser,
        "elexon": _elexon,
        "elexon_marts": _elexon_marts,
        "forecasts": _forecasts,
        "meters": _meters,
        "vintages": _vintages,
        "cost": _cost,
    }
    found = [(write_section, measured) for name, write_section in sections.items() if (measured := results.kept(name))]
    return "\n\n".join("\n".join(write_section(measured)) for write_section, measured in found)


def _machine(measured: dict[str, Any]) -> str:
    on = measured["machine"]
    return (
        f"*{measured['measured_at'][:10]}, {on['cores']} cores, {on['memory_gib']} GiB, {on['system']}, PostgreSQL "
        f"{on['postgresql']}, Python {on['python']}; load average {on['load_average']} in the last five minutes.*"
    )


def _elexon(measured: dict[str, Any]) -> Iterator[str]:
    yield from (
        f"### {measured['rows']:,} physical notifications by `gridloom elexon backfill`",
        "",
        _machine(measured),
        "",
    )
    took, copied = measured["backfill_s"]["median"], measured["copy_s"]["median"]
    figures = {
        "loads, from the first request to the last commit (s)": f"{took:.1f}",
        "a bare COPY of the same rows into the same table and indexes (s)": f"{copied:.1f}",
        "times as long as the COPY, each in turn": " and ".join(f"{each:.2f}" for each in measured["times_copy"]),
        "rows a second": f"{measured['rows_a_second']:,}",
        "most memory in the first tenth of the time (MiB)": f"{measured['early_mib']:.0f}",
        "most memory at all (MiB)": f"{measured['peak_mib']:.0f}",
        "disk with keys (bytes a row)": f"{measured['bytes_a_row']:.0f}",
    }
    figures |= {f"times as fast as dlt, {way}, on a sample": f"{x:.1f}" for way, x in measured["times_dlt"].items()}
    yield from ("| | figure |", "|---|--:|", *(f"| {name} | {figure} |" for name, figure in figures.items()))


def _elexon_marts(measured: dict[str, Any]) -> Iterator[str]:
    rows, units = measured["history"]["rows"], measured["units"]["units"]
    yield from (f"### {rows:,} rows of five-minute generation, and days of {units:,} units", "", _machine(measured), "")
    yield from elexon_marts.told(measured)


def _forecasts(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### Forecasts on recorded years", "", _machine(measured), "")
    yield from forecasts.told(measured)


def _hourly(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### The hourly run", "", _machine(measured), "")
    yield "| from trigger to success | wall (s), median | least | CPU of all processes (s) | n | against ours |"
    yield "|---|--:|--:|--:|--:|--:|"
    yield _row("Gridloom, 17 years of history", measured["seventeen_years"], "")
    yield _row("Gridloom, 1 year", measured["one_year"], f"17 years take {measured['ratio_wall']:.2f} times as long")
    tasks = measured["seventeen_years"]["tasks_s"]
    yield from (
        "",
        "Of it, the tasks: " + ", ".join(f"`{name}` {seconds:.2f} s" for name, seconds in tasks.items()) + ".",
    )


def _cosmos(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### The same models through Cosmos", "", _machine(measured), "")
    yield "| from trigger to success | wall (s), median | least | CPU of all processes (s) | n | against ours |"
    yield "|---|--:|--:|--:|--:|--:|"
    for comparison in measured["comparisons"]:
        yield _row("Gridloom, the whole hourly run", comparison["ours"], "")
        for name, peer in comparison["peers"].items():
            yield _row(f"{name}, the models only", peer, f"{peer['times_ours']:.1f} times as long")


def _row(name: str, told: dict[str, Any], against: str) -> str:
    wall, cpu = told["wall_s"], told["cpu_s"]
    return f"| {name} | {wall['median']:.2f} | {wall['min']:.2f} | {cpu['median']:.1f} | {wall['n']} | {against} |"


def _full_history(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### The whole history", "", _machine(measured), "")
    run = measured["run"]
    tasks = ", ".join(f"`{name}` {seconds:.1f} s" for name, seconds in run["tasks_s"].items())
    yield (
        f"{run['rows']:,} half-hours, from the simulator to published tables, took {run['wall_s']:.1f} s ({tasks}). "
        f"No task had more than {run['task_peak_unique_memory_mib']} MiB to itself, over what its parent had imported."
    )
    yield from (
        "",
        "| the same records into raw | seconds, median | least | n | against ours |",
        "|---|--:|--:|--:|--:|",
    )
    for name, told in measured["load"]["load_s"].items():
        ratio = measured["load"]["times_ours"][name]
        yield f"| {name} | {told['median']:.2f} | {told['min']:.2f} | {told['n']} | {ratio:.2f} |"


def _bulk_load(measured: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {measured['rows']:,} rows into columns", "", _machine(measured), "")
    yield "| 14 days of notifications | seconds, median | least | CPU (s) | n | against COPY | memory (MiB) |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, told in measured["ways"].items():
        wall, cpu = told["wall_s"], told["cpu_s"]
        yield (
            f"| {name} | {wall['median']:.2f} | {wall['min']:.2f} | {cpu['median']:.2f} | {wall['n']} "
            f"| {told['times_copy']:.2f} | {told['memory_mib']:.0f} |"
        )


def _queries(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### What analysts wait for", "", _machine(measured), "")
    yield "| query, 17 years of history | rows | p50 (ms) | p95 (ms) |"
    yield "|---|--:|--:|--:|"
    for name, told in measured["queries"].items():
        yield f"| {name} | {told['rows']:,} | {told['p50_ms']:.1f} | {told['p95_ms']:.1f} |"


def _browser(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### From click to picture", "", _machine(measured), "")
    yield "| in Chromium | points | p50 (s) | p95 (s) | CPU of the browser (s) | of the dashboard (s) | n |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, told in measured["pictures"].items():
        yield (
            f"| {name} | {told['points']} | {told['p50_ms'] / 1000:.2f} | {told['p95_ms'] / 1000:.2f} "
            f"| {told['browser_cpu_s']:.2f} | {told['dashboard_cpu_s']:.2f} | {measured['rounds']} |"
        )


def _vintages(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### Forecasts, every version kept", "", _machine(measured), "")
    runs = measured["runs"]
    yield "| from trigger to success | wall (s), median | least | CPU of all processes (s) | n | against NESO's |"
    yield "|---|--:|--:|--:|--:|--:|"
    yield _row("A run of `carbon_intensity`", runs["carbon_intensity"], f"{runs['ratio_wall']:.2f} times")
    yield _row("NESO's hourly run, in turn with it", runs["neso_generation_mix"], "")
    week, year = (measured["regional_rows"][name] for name in ("week", "year"))
    yield from (
        "",
        f"A regional version takes {measured['raw_bytes_a_regional_row']} bytes in raw with its index. Waits for the "
        "publisher's pace are left out.",
        "",
        f"| 24 h, p95 | rows | a week of versions ({week:,} regional), ms | a year ({year:,}), ms |",
        "|---|--:|--:|--:|",
    )
    for name, of_week in measured["views"]["week"].items():
        of_year = measured["views"]["year"][name]
        yield f"| {name} | {of_week['rows']:,} | {of_week['p95_ms']:.1f} | {of_year['p95_ms']:.1f} |"


def _meters(measured: dict[str, Any]) -> Iterator[str]:
    load, copied = measured["load"], measured["load"]["copy"]
    yield from (f"### {measured['rows']:,} readings of {measured['meters']:,} meters", "", _machine(measured), "")
    yield "| a file for each meter | seconds, median | least | CPU (s) | rows a second | memory (MiB) |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, told in (("files into raw", load), ("`COPY` of the same rows", copied)):
        cpu_s = told["client_cpu_s"]["median"] + told["server_cpu_s"]["median"]
        yield (
            f"| {name} | {told['wall_s']['median']:.2f} | {told['wall_s']['min']:.2f} | {cpu_s:.2f} "
            f"| {told['rows_a_second']:,} | {told['memory_mib']:.0f} |"
        )
    second, of_file = measured["second_day"], measured["bytes_a_file"]
    in_turn = ", ".join(f"{each:.2f}" for each in load["rates_of_copy"])
    yield from (
        "",
        f"That is {load['rate_of_copy']:.2f} times the rate of a bare `COPY` (in turn: {in_turn}). A reading takes "
        f"{measured['bytes_a_reading']:.0f} bytes on disk with its keys, {second['bytes_a_reading']:.0f} after a "
        f"second day on top; a file takes {of_file['ops.loads']} bytes in the ledger and {of_file['raw.pseudonyms']} "
        "for its name and its meter's.",
        "",
        "| then, once each | seconds | CPU of the client (s) | load average |",
        "|---|--:|--:|--:|",
    )
    corrected = measured["corrected"]
    for name, told in (
        ("a listing where nothing is new", measured["listing"]),
        ("a second day on top", second),
        ("all files of a day once more, unchanged", measured["unchanged"]),
        (f"all files of a day once more, {corrected['corrected']:,} with a correction", corrected),
        (f"the reference: {measured['reference']['agreements']:,} agreements", measured["reference"]),
    ):
        yield f"| {name} | {told['wall_s']:.2f} | {told['client_cpu_s']:.2f} | {told['load_average']:.1f} |"
    for name, told in (("the first day", measured["day"]), ("the second day", second["published"])):
        steps = ", ".join(f"`{step}` {seconds:.1f} s" for step, seconds in told["steps_s"].items())
        yield f"| {name}, published: {steps} | {told['wall_s']:.2f} | | {told['load_average']:.1f} |"
    yield from ("", "| active agreements of a day | rows | p50 (ms) | p95 (ms) |", "|---|--:|--:|--:|")
    for name, told in (
        ("how many", measured["agreements"]["count"]),
        ("of a meter", measured["agreements"]["one_meter"]),
    ):
        yield f"| {name} | {told['rows']:,} | {told['p50_ms']:.1f} | {told['p95_ms']:.1f} |"
    yield ""
    yield from thirty_million.told(measured)


def _cost(measured: dict[str, Any]) -> Iterator[str]:
    yield from ("### What an hour costs PostgreSQL", "", _machine(measured), "")
    yield "| years | pending | step | seconds | statements | buffers | rows read | rows written |"
    yield "|--:|--:|---|--:|--:|--:|--:|--:|"
    for history in measured["histories"]:
        for step, cost in history["steps"].items():
            yield (
                f"| {history['years']} | {history['pending']} | `{step}` | {cost['seconds']:.2f} "
                f"| {cost['statements']:.0f} | {cost['buffers']:,.0f} | {cost['rows_read']:,.0f} "
                f"| {cost['rows_written']:,.0f} |"
            )
