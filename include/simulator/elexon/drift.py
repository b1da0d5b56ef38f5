"""How the API changes under its clients: datasets that are new or gone, members that are new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from include.simulator.elexon.catalogue import Dataset, Parameter
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, at_every
from include.simulator.elexon.settlement import half_hour_at, period_at, stamp
from include.simulator.elexon.world import World
from include.simulator.state import StateError

NEW_VALUE = "new"
WINDOW = tuple(Parameter(name, "date-time", is_required=False) for name in ("publishDateTimeFrom", "publishDateTimeTo"))
FIELDS = {
    "dataset": "string?", "publishTime": "date-time", "startTime": "date-time", "settlementDate": "date",
    "settlementPeriod": "int32", "quantity": "double",
}  # fmt: skip


def drifted(
    datasets: Mapping[str, Dataset], new_codes: Sequence[str], gone_codes: Sequence[str], new_fields: Sequence[str]
) -> dict[str, Dataset]:
    """Return the datasets there are now. Raises StateError for a member of none."""
    there = {code: dataset for code, dataset in datasets.items() if code not in gone_codes}
    there |= {code: _new(code) for code in new_codes}
    for each in new_fields:
        code, _, member = each.partition(".")
        if not member or code not in {*datasets, *new_codes}:
            raise StateError(f"{each!r} is no CODE.member of a dataset there is")
        if code in there:
            # Rows of other datasets may be of the same kind: they stay as they are.
            dataset = there[code]
            fields = dataset.fields | {member: "string?"}
            there[code] = replace(dataset, row=f"{dataset.row.removesuffix(f'.{code}')}.{code}", fields=fields)
    return there


def with_new_fields(rows: Iterable[Row], code: str, new_fields: Sequence[str]) -> Iterator[Row]:
    """Return rows with the members that are new to their dataset."""
    members = {each.partition(".")[2]: NEW_VALUE for each in new_fields if each.partition(".")[0] == code}
    return ({**row, **members} if members else row for row in rows)


def listed(names: Iterable[str], new_codes: Sequence[str], gone_codes: Sequence[str]) -> list[str]:
    """Return the names on the list of datasets."""
    return [name for name in (*names, *new_codes) if name not in gone_codes]


def _new(code: str) -> Dataset:
    return Dataset(code, f"A new dataset ({code})", "", None, f"New.DatasetRows.{code}", WINDOW, WINDOW, FIELDS)


@cache
def invented(code: str) -> Publications:
    """Return a series for a dataset of which nothing is known."""

    def rows(_: World, issues: Sequence[Issue]) -> Iterator[Row]:
        for issue in issues:
            period = period_at(half_hour_at(issue.number) - 1)
            yield {
                "dataset": code,
                "publishTime": stamp(issue.told_s),
                "startTime": period.start,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "quantity": float(issue.number % 97),
            }

    return Publications(rows, at_every(30), at_once=48)
