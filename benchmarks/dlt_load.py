"""Load JSON lines into PostgreSQL by dlt, and print the seconds: `python dlt_load.py FILE URL WAY`.

Ways are its loader file formats: csv (COPY), parquet (which for PostgreSQL needs ADBC; typed by Arrow), insert_values.
Set up as its performance guide says: pages of many rows, files that turn over, no telemetry, and no schema inference
beyond the first page. Each row is merged by nothing: it is appended, which is less than Gridloom does.
"""

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.update(
    {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
        "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "100000",
        "NORMALIZE__WORKERS": "2",
        "LOAD__WORKERS": "4",
    }
)

import dlt
import orjson

PAGE_ROWS = 10_000


def pages(file: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the records in pages, as an API would give them."""
    with file.open("rb") as lines:
        while page := list(itertools.islice(lines, PAGE_ROWS)):
            yield [orjson.loads(line) for line in page]


def main(file: Path, url: str, way: str) -> float:
    """Return the seconds from the first record to the end of the load."""
    with tempfile.TemporaryDirectory() as state:
        begun = time.perf_counter()
        pipeline = dlt.pipeline(
            "peer", destination=dlt.destinations.postgres(url), dataset_name="peer", pipelines_dir=state
        )
        resource = dlt.resource(pages(file), name="generation_mix", write_disposition="append")
        pipeline.run(resource, loader_file_format=way).raise_on_failed_jobs()
        return time.perf_counter() - begun


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
