"""Every setting is written down where users look for it."""

from pathlib import Path

import pytest

from include.settings import Settings

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_example_of_env_has_the_setting(name):
    assert f"#GRIDLOOM_{name.upper()}=" in (REPOSITORY / ".env.example").read_text()


def test_the_example_of_env_has_no_other():
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    given = {line.split("=")[0].removeprefix("#GRIDLOOM_").lower() for line in lines if line.startswith("#GRIDLOOM_")}
    assert given == set(Settings.model_fields)
