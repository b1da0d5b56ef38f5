"""Who the meters' households are: pseudonyms, made at the door with a key that is a setting."""

from include.deployment import Deployment
from include.home import Home
from include.ingestion.pseudonyms import Pseudonyms
from include.settings import Settings

METERPOINT, FILE = "smart_meter.meterpoint", "smart_meter.file"
KEY = "smart_meter_pseudonym_key"


def meterpoints(deployment: Deployment) -> Pseudonyms:
    """Return what makes the pseudonyms of meterpoints."""
    return Pseudonyms(METERPOINT, key(deployment.settings))


def files(deployment: Deployment) -> Pseudonyms:
    """Return what makes the names that files have in the ledger: their own tell whose readings they hold."""
    return Pseudonyms(FILE, key(deployment.settings))


def key(settings: Settings) -> bytes:
    """Return the key that is set, else the one that was generated once."""
    given = settings.smart_meter_pseudonym_key
    return (given.get_secret_value() if given else Home.of(settings).secret(KEY)).encode()
