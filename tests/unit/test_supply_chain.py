"""What is installed is what was locked, and nothing below a version with a known flaw (docs/supply-chain.md)."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parent.parent.parent
MAKEFILE = (REPOSITORY / "Makefile").read_text()
# What is locked, beside the file it is compiled from.
LOCKS = re.findall(r"(?m)^LOCKS = (.*)$", MAKEFILE)[0].split()


def locked(lock: str) -> dict[str, Version]:
    found = re.findall(r"(?m)^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", (REPOSITORY / lock).read_text())
    return {canonicalize_name(name): Version(version) for name, version in found}


LOCKED = locked("requirements.txt")

# The first version without the flaw that is named.
FLOORS = {
    "apache-airflow-core": ("3.3.0", "CVE-2026-45426, CVE-2026-32228, CVE-2026-25917, CVE-2026-22922"),
    "requests": ("2.32.4", "CVE-2024-47081: a .netrc's passwords go to another host"),
    "urllib3": ("2.7.0", "CVE-2026-44432, CVE-2026-21441, CVE-2025-66471: decompression bombs"),
    "sqlparse": ("0.6.0", "CVE-2026-54284, -59893, -59894, -71491: a statement that takes for ever"),
    "starlette": ("1.0.1", "CVE-2026-48710, CVE-2025-62727, CVE-2025-54121, CVE-2024-47874"),
    "streamlit": ("1.53.1", "CVE-2026-10804: a weak hash; CVE-2022-35918: path traversal"),
}


def requirements(lock: str) -> list[Requirement]:
    asked = (REPOSITORY / lock).with_suffix(".in").read_text().splitlines()
    return [Requirement(line) for each in asked if (line := each.split("#")[0].strip())]


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_flaw_we_know_of_is_locked(name):
    floor, flaw = FLOORS[name]
    assert LOCKED[name] >= Version(floor), flaw


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes_and_comes_from_an_index(lock):
    text = re.sub(r"(?m)^\s*#.*\n", "", (REPOSITORY / lock).read_text())
    entries = re.split(r"(?m)^(?=\S)", text.strip())
    assert [entry for entry in entries if entry and not ("==" in entry and "--hash=sha256:" in entry)] == []
    assert "://" not in text, "which index, is for who installs to say"


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_all_that_is_asked_for_as_it_is_asked_for(lock):
    held = locked(lock)
    for requirement in requirements(lock):
        assert requirement.specifier.contains(held[canonicalize_name(requirement.name)], prereleases=True), requirement


def test_whatever_make_installs_was_locked():
    # A dry run installs nothing: it says what is to be locked.
    installs = re.findall(r"(?m)^(?!.*--dry-run).*\bpip install\b.*$", MAKEFILE)
    assert [line for line in installs if "$(LOCKED_ONLY) -r " not in line and "--editable ." not in line] == []
    assert {line.split(" -r ")[1] for line in installs if " -r " in line} == set(LOCKS)
    assert {"--no-deps", "--require-hashes"} <= set(re.findall(r"(?m)^LOCKED_ONLY = (.*)$", MAKEFILE)[0].split())


def test_dbt_installs_nothing_of_its_own():
    """From 1.12 on a dependency downloads a binary while it installs; packages from the hub could replace macros."""
    assert LOCKED["dbt-core"] < Version("1.12")
    assert not [name for name in ("packages.yml", "dependencies.yml") if (REPOSITORY / "dbt_project" / name).exists()]
