"""`python -m tests.faults`: play the campaign, print "survived k of n" by family, end with 1 below n."""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import tests.faults.environment  # noqa: F401 - before anything of the platform is imported
from include.settings import REPOSITORY, Settings
from tests.faults import quick, runs
from tests.faults.campaign import PARTS, Where, run
from tests.faults.score import Outcome, all_survived, report

DEFAULT_HOME = REPOSITORY / ".gridloom-test" / "faults"


def main() -> int:
    """Play what was asked for."""
    asked = _arguments()
    began_at = time.monotonic()
    runs.warm_up()
    wanted = asked.parts or [part.name for part in PARTS if part.name not in quick.PARTS]
    parts = [part for part in PARTS if part.name in wanted]
    outcomes = run(parts, Where(asked.home, Settings().real_data, asked.seed), lanes=asked.lanes, say=_say)
    print("\n" + report(outcomes))
    print(f"seed {asked.seed}, {time.monotonic() - began_at:.0f} s in {asked.lanes} lanes")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))
    return 0 if all_survived(outcomes) else 1


def _say(outcome: Outcome, screen: TextIO) -> None:
    mark = "skipped " if outcome.skipped else "survived" if outcome.survived else "NOT     "
    print(f"{mark} {outcome.family}: {outcome.fault}", file=screen, flush=True)


def _arguments() -> argparse.Namespace:
    home = os.environ.get("GRIDLOOM_TEST_HOME")
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="part",
        choices=[[], *(part.name for part in PARTS)],
        help="some of: %(choices)s; without any, all but the quick ones, which `make test` plays",
    )
    parser.add_argument("--seed", type=int, default=1, help="of random instants and spoilt answers")
    parser.add_argument("--lanes", type=int, default=2, help="parts that are played at the same time")
    parser.add_argument("--home", type=Path, default=Path(home) / "faults" if home else DEFAULT_HOME)
    parser.add_argument("--json", type=Path, help="write every outcome here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
