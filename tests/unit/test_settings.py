"""Every setting is written down where users look for it."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from include.settings import Settings

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_example_of_env_has_the_setting(name):
    assert f"#GRIDLOOM_{name.upper()}=" in (REPOSITORY / ".env.example").read_text()


def test_the_example_of_env_has_no_other():
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    given = {line.split("=")[0].removeprefix("#GRIDLOOM_").lower() for line in lines if line.startswith("#GRIDLOOM_")}
    assert given == set(Settings.model_fields)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:canary%ZZ@db.test/grid",
        "postgresql://user:x/canary@db.test/grid",
        "postgresql://user:x@canary@db.test/grid",
        "postgresql://user:x?canary@db.test/grid",
        "postgresql://user:x@db.test/grid?canary=1",
        "mysql://user:canary@db.test/grid",
        "host=db.test password='canary",
        "canary",
    ],
)
def test_an_address_of_the_warehouse_that_is_misread_is_refused_without_being_told(url):
    with pytest.raises(ValidationError, match="@ is %40") as raised:
        Settings.model_validate({"warehouse_url": url})
    assert "canary" not in f"{raised.value}{raised.value.__cause__}{[each['msg'] for each in raised.value.errors()]}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:p%40ss%2Fword@db.test:5432/grid?sslmode=verify-full",
        "postgres://user@db.test/grid",
        "postgresql:///grid?host=/var/run/postgresql",
        "host=db.test dbname=grid user=user password='p@ss/word'",
    ],
)
def test_an_address_of_the_warehouse_may_be_written_as_postgresql_has_it(url):
    assert Settings.model_validate({"warehouse_url": url}).warehouse_url == SecretStr(url)


@pytest.mark.parametrize("name", ["neso_url", "carbon_intensity_url", "elexon_url"])
def test_no_publisher_is_asked_with_a_login(name):
    with pytest.raises(ValidationError, match="without a login") as raised:
        Settings.model_validate({name: "https://user:canary@api.test/v1"})
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.endswith("_port")])
@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_is_one(name, port):
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: port})
