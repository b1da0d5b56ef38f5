"""What Grafana makes of a dashboard's queries before it sends them: macros of its PostgreSQL plugin, and variables.

Macros: https://grafana.com/docs/grafana/latest/datasources/postgres/query-editor/#macros · variables and their formats:
https://grafana.com/docs/grafana/latest/visualizations/dashboards/variables/variable-syntax/
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as its file has it."""

    told: dict[str, Any]

    @classmethod
    def of(cls, file: Path) -> "Dashboard":
        return cls(json.loads(file.read_text()))

    @property
    def panels(self) -> list[dict[str, Any]]:
        """Every panel, those of rows that are folded up too, without the rows themselves."""
        return [panel for panel in self.with_rows if panel["type"] != "row"]

    @property
    def with_rows(self) -> list[dict[str, Any]]:
        """Every panel and row."""
        return [each for panel in self.told["panels"] for each in (panel, *panel.get("panels", ()))]

    @property
    def variables(self) -> dict[str, dict[str, Any]]:
        """What can be chosen at the top, by name."""
        return {variable["name"]: variable for variable in self.told["templating"]["list"]}

    @property
    def sources(self) -> dict[str, str]:
        """The kind of each data source that can be chosen, by the variable that names it."""
        return {
            name: variable["query"] for name, variable in self.variables.items() if variable["type"] == "datasource"
        }

    def targets(self, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Every query that goes to a kind of data source, with its panel."""
        for panel in self.panels:
            for target in panel.get("targets", ()):
                if target["datasource"]["type"] == kind:
                    yield panel, target


@dataclass(frozen=True)
class Range:
    """What is looked at, and how finely."""

    start: datetime
    end: datetime
    interval: str = "30m"

    @classmethod
    def until(cls, end: datetime, **before: float) -> "Range":
        return cls(end - timedelta(**before), end)


def expand(text: str, seen: Range, values: Mapping[str, Sequence[str]]) -> str:
    """Return a query as it is sent to PostgreSQL. A variable that nobody declares, or a macro that is none, fails."""
    return _macros(_variables(text, seen, values), seen)


def _variables(text: str, seen: Range, values: Mapping[str, Sequence[str]]) -> str:
    built_in = {"__interval": seen.interval, "__interval_ms": str(int(seconds_of(seen.interval) * 1000))}

    def value(found: re.Match[str]) -> str:
        name, form = found.group(1) or found.group(3), found.group(2)
        if name in built_in:
            return built_in[name]
        if name.startswith("__") and found.group(3):
            return found.group(0)
        return _formatted(values[name], form)

    return _VARIABLE.sub(value, text)


def _formatted(chosen: Sequence[str], form: str | None) -> str:
    """Return what is chosen of a variable, in one of Grafana's formats."""
    if form == "sqlstring":
        return ",".join(f"'{each.replace(chr(39), chr(39) * 2)}'" for each in chosen)
    if form == "regex":
        return re.escape(chosen[0]) if len(chosen) == 1 else f"({'|'.join(map(re.escape, chosen))})"
    assert form is None, f"say how to write several values as {form}"
    assert len(chosen) == 1, "several values want a format, such as sqlstring"
    return chosen[0]


def _macros(text: str, seen: Range) -> str:
    start, end = (f"'{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'" for at in (seen.start, seen.end))
    start_s, end_s = int(seen.start.timestamp()), int(seen.end.timestamp())

    def group(found: re.Match[str]) -> str:
        column, interval = (part.strip().strip("'\"") for part in found.group(1).split(",")[:2])
        step_s = seconds_of(interval)
        return f"floor(extract(epoch from {column})/{step_s:g})*{step_s:g}"

    rules: dict[str, Any] = {
        r"\$__timeGroupAlias\(([^()]*)\)": lambda found: f'{group(found)} AS "time"',
        r"\$__timeGroup\(([^()]*)\)": group,
        r"\$__timeFilter\(([^()]*)\)": rf"\1 BETWEEN {start} AND {end}",
        r"\$__timeFrom\(\)": start,
        r"\$__timeTo\(\)": end,
        r"\$__timeEpoch\(([^()]*)\)": r'extract(epoch from \1) as "time"',
        r"\$__time\(([^()]*)\)": r'\1 AS "time"',
        r"\$__unixEpochFilter\(([^()]*)\)": rf"\1 >= {start_s} AND \1 <= {end_s}",
        r"\$__unixEpochFrom\(\)": str(start_s),
        r"\$__unixEpochTo\(\)": str(end_s),
    }
    for pattern, made in rules.items():
        text = re.sub(pattern, made, text)
    assert "$__" not in text, f"Grafana's PostgreSQL knows no such macro: {text[text.index('$__') :][:40]}"
    return text


def seconds_of(interval: str) -> float:
    """Return how long an interval such as `30m` is."""
    [(number, unit)] = re.findall(r"^(\d+)([a-z]+)$", interval)
    return int(number) * _UNITS_S[unit]


@dataclass(frozen=True)
class Expression:
    """What an expression of Prometheus' names."""

    metrics: frozenset[str]
    matched: frozenset[tuple[str, str]]
    """Metric and label, where a label is asked for in braces."""
    grouped: frozenset[str]
    """Labels in by, without, on and ignoring."""
    kept: frozenset[str] | None
    """The labels that are left where the whole is summed up; None where all are."""


def read_expression(text: str) -> Expression:
    """Read the names in an expression; it is no parser, and takes what our dashboards are made of."""
    for opening, closing in ("()", "{}", "[]"):
        assert text.count(opening) == text.count(closing), f"unbalanced: {text}"
    text = re.sub(r'"[^"]*"', '""', text)
    groups = re.findall(r"\b(by|without|on|ignoring)\s*\(([^()]*)\)", text)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^()]*\)", " ", text)
    selectors = re.findall(r"\b(gridloom_\w+)\s*(\{[^{}]*\})?", bare)
    matched = {(name, label) for name, braces in selectors for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces)}
    summed = re.match(r"(?:sum|avg|min|max|count)\s*(?:by\s*\(([^()]*)\))?", text)
    return Expression(
        frozenset(name for name, _ in selectors),
        frozenset(matched),
        frozenset(label for _, labels in groups for label in _split(labels)),
        frozenset(_split(summed.group(1) or "")) if summed else None,
    )


def _split(labels: str) -> list[str]:
    return [label.strip() for label in labels.split(",") if label.strip()]
