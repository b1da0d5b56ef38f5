"""What is installed is what was locked, and nothing below a version with a known flaw (docs/supply-chain.md)."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

REPOSITORY = Path(__file__).parent.parent.parent
LOCK = (REPOSITORY / "requirements.txt").read_text()
LOCKED = {
    name.lower().replace("_", "-"): Version(version)
    for name, version in re.findall(r"(?m)^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", LOCK)
}

# The first version without the flaw that is named.
FLOORS = {
    "apache-airflow-core": ("3.3.0", "CVE-2026-45426, CVE-2026-32228, CVE-2026-25917, CVE-2026-22922"),
    "requests": ("2.32.4", "CVE-2024-47081: a .netrc's passwords go to another host"),
    "urllib3": ("2.7.0", "CVE-2026-44432, CVE-2026-21441, CVE-2025-66471: decompression bombs"),
    "sqlparse": ("0.6.0", "CVE-2026-54284, -59893, -59894, -71491: a statement that takes for ever"),
    "starlette": ("1.0.1", "CVE-2026-48710, CVE-2025-62727, CVE-2025-54121, CVE-2024-47874"),
    "streamlit": ("1.53.1", "CVE-2026-10804: a weak hash; CVE-2022-35918: path traversal"),
}


def requirements() -> list[Requirement]:
    lines = [line.split("#")[0].strip() for line in (REPOSITORY / "requirements.in").read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_flaw_we_know_of_is_locked(name):
    floor, flaw = FLOORS[name]
    assert LOCKED[name] >= Version(floor), flaw


def test_every_locked_package_has_its_hashes_and_comes_from_an_index():
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", LOCK))
    without = [entry.split(" ")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert without == []
    assert not re.search(r"(?m)^(-e|git\+|https?:|[^#\n]* @ )", LOCK)


def test_the_lock_holds_all_that_is_asked_for_as_it_is_asked_for():
    for requirement in requirements():
        locked = LOCKED[requirement.name.lower().replace("_", "-")]
        assert requirement.specifier.contains(locked, prereleases=True), requirement


def test_dbt_installs_nothing_of_its_own():
    """From 1.12 on a dependency downloads a binary while it installs; packages from the hub could replace macros."""
    assert LOCKED["dbt-core"] < Version("1.12")
    assert not [name for name in ("packages.yml", "dependencies.yml") if (REPOSITORY / "dbt_project" / name).exists()]
