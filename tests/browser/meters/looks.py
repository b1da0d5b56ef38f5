"""What the pages of Meters have, over the recorded readings."""

from pathlib import Path
from tempfile import TemporaryDirectory

from include.deployment import Deployment
from include.operations.runs import close_run
from include.serving.dashboard.span import Interval
from include.warehouse import Role, Warehouse
from tests.integration.smart_meter.conftest import meters_at
from tests.looks import Looks
from tests.machine import Machine

DAG = "smart_meter_readings"
# A meter that nobody has: its file is refused.
REFUSED = "0123456789"
LOOKS = {
    "consumption": Looks(charts=2),
    "tariffs": Looks(charts=5, interval=Interval.MONTH),
    "readings": Looks(charts=2, interval=Interval.MONTH),
    "files": Looks(charts=1),
}


def bring(machine: Machine) -> None:
    """Load the recorded files, and one that is empty, and publish what is made of them, by the steps of the DAG."""
    warehouse = Warehouse.of(machine.settings, machine.home)
    with TemporaryDirectory() as place:
        folder = Path(place) / "readings"
        folder.mkdir()
        meters = meters_at(folder, Path(place) / "reference.db", Deployment(machine.settings, warehouse.dsn))
        meters.deliver_recorded(machine.settings.real_data)
        meters.put(f"{REFUSED}.json", b"")
        told = meters.run()
        assert told == "LoadsFailedError: smart_meter_readings: 1 file: RefusedFileError: it is empty"
        [(dag_run,)] = meters.query("select airflow_run_id from ops.pipeline_runs where dag_id = %s", DAG)
        with meters.place.session(Role.LOADER) as loader:
            # Pages of other sections are told of no failure.
            close_run(loader, DAG, dag_run, failed=False)
