"""Turns what pip would install into a lock: `pip install --dry-run --report - … | python tools/locked.py`."""

import json
import sys


def main() -> None:
    """Read pip's report from stdin, and print a line for each package."""
    installs = json.load(sys.stdin)["install"]
    for each in sorted(installs, key=lambda install: install["metadata"]["name"].lower()):
        name, version = each["metadata"]["name"].lower().replace("_", "-"), each["metadata"]["version"]
        print(f"{name}=={version} \\\n    --hash=sha256:{each['download_info']['archive_info']['hashes']['sha256']}")


if __name__ == "__main__":
    main()
