"""What pages say where nothing is published: which command brings it in, as its dataset declares it."""

from include.serving.dashboard import frame
from include.serving.dashboard.carbon.intensity import INTENSITY
from include.serving.dashboard.reader import Reader, analyst


def nothing_yet() -> None:
    """Say that nothing is published."""
    with frame.in_plain_words(), analyst() as reader:
        frame.nothing_yet(_command(reader))


def nothing_of_these_days(reader: Reader) -> None:
    """Say that nothing is published of the range."""
    frame.nothing_of_these_days(_command(reader))


def _command(reader: Reader) -> str | None:
    """Return what brings the half-hours in; None where no dataset declares a DAG of theirs."""
    dags = (dataset.dag_id for dataset in reader.datasets() if dataset.published_table == INTENSITY.table)
    return next((f"gridloom run {dag_id}" for dag_id in dags if dag_id), None)
