"""What the home remembers, also when two commands write at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from include.home import Home


def test_a_secret_asked_for_by_many_at_once_is_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: Home(tmp_path).secret("password"), range(32)))

    assert len(set(told)) == 1


def test_ports_remembered_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: Home(tmp_path).remember_port(f"service{number}", number), range(32)))

    assert [Home(tmp_path).port(f"service{number}") for number in range(32)] == list(range(32))


def test_files_of_the_home_are_private(tmp_path: Path) -> None:
    Home(tmp_path).secret("password")

    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
