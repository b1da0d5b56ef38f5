"""What the home remembers, also when two commands write at once, and whose it must be."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.commands.failures import is_expected
from include.home import Home, HomeError
from include.local.account import is_root
from include.settings import Settings


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


def _home_at(path: Path) -> Home:
    return Home.of(Settings.model_validate({"home": path}))


def test_a_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    assert _home_at(tmp_path / "new" / "home").path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_a_home_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(HomeError, match="chmod go-w"):
        _home_at(tmp_path)


@pytest.mark.skipif(not is_root(), reason="only root can give a directory away")
def test_a_home_that_another_account_made_is_refused_by_a_link_too(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 65534, 65534)
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    for name in ("theirs", "link"):
        with pytest.raises(HomeError, match="belongs to another account"):
            _home_at(tmp_path / name)


def test_a_home_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("file", "loop", "x" * 4_000):
        with pytest.raises(HomeError, match="cannot be used") as raised:
            _home_at(tmp_path / name)
        assert is_expected(raised.value)
