"""Each entry of a dump goes to the login whose it is, and to the one that may least where that is not said."""

import pytest

from include.local.dump_entries import shared_out
from include.local.errors import LocalError

OWNER, TRANSFORMER = "gridloom_owner", "gridloom_transformer"
HEAD = ";\n; Archive created at 2026-11-20 00:00:00 UTC\n;     dbname: gridloom\n"


def restored_by(*told: str) -> dict[str, str]:
    return dict(shared_out(HEAD + "\n".join(told), owner=OWNER, transformer=TRANSFORMER))


@pytest.mark.parametrize(
    ("told", "login"),
    [
        ("230; 1259 16500 TABLE raw neso_generation_mix gridloom_owner", OWNER),
        ("231; 1259 16501 TABLE analytics half_hourly_generation gridloom_transformer", TRANSFORMER),
        # Its name ends with another's, as a name may that somebody chose.
        ("232; 1259 16502 TABLE analytics x gridloom_owner gridloom_transformer", TRANSFORMER),
        ("236; 1259 16508 TABLE analytics x gridloom_owner\u2028y gridloom_transformer", TRANSFORMER),
        ("237; 1259 16509 TABLE analytics x gridloom_owner\x0cy gridloom_transformer", TRANSFORMER),
        ("233; 1255 16503 FUNCTION analytics evil() gridloom_owner() gridloom_transformer", TRANSFORMER),
        # Only the owner may make a schema; what is said of it is its own owner's to say.
        ("7; 2615 16400 SCHEMA - analytics gridloom_transformer", OWNER),
        ("3600; 0 0 ACL - SCHEMA analytics gridloom_transformer", TRANSFORMER),
        ("3601; 826 16504 DEFAULT ACL ops DEFAULT PRIVILEGES FOR TABLES gridloom_owner", OWNER),
        ("2; 3079 16505 EXTENSION - vector ", OWNER),
        ("234; 2605 16506 CAST - CAST (analytics.t AS text) ", TRANSFORMER),
    ],
)
def test_an_entry_is_restored_by_its_owner(told: str, login: str) -> None:
    assert restored_by(told) == {OWNER: "", TRANSFORMER: "", login: told.split(" ", maxsplit=1)[0]}


def test_they_keep_their_order_and_the_owner_comes_first() -> None:
    parts = restored_by("3; 1259 3 TABLE marts b gridloom_transformer", "1; 1259 1 TABLE ops a gridloom_owner")
    assert list(parts) == [OWNER, TRANSFORMER]


@pytest.mark.parametrize("told", ["ACL pg_catalog FUNCTION lo_creat(integer) postgres", "COMMENT - EXTENSION vector "])
def test_what_only_a_superuser_may_say_is_left_out(told: str) -> None:
    assert restored_by(f"3602; 0 0 {told}") == {OWNER: "", TRANSFORMER: ""}


def test_what_belongs_to_a_third_is_refused_by_name() -> None:
    with pytest.raises(LocalError, match=r"belongs neither to gridloom_owner nor .*: TABLE ops mine postgres"):
        restored_by("235; 1259 16507 TABLE ops mine postgres")
