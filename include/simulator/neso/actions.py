"""CKAN's actions, as far as clients of this dataset ask for them.

https://docs.ckan.org/en/2.8/api/ and https://www.neso.energy/api-guidance
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from include.simulator.faults import Circumstances, Fault
from include.simulator.neso.answer import Answer, quoted
from include.simulator.neso.columns import FILE_NAME, PACKAGE_ID, RESOURCE_ID, RESOURCE_NAME
from include.simulator.neso.datastore import Datastore, ForbiddenError, StatementError
from include.simulator.neso.envelope import error_reply, success_reply
from include.simulator.neso.faults import PortalFault
from include.simulator.reply import Reply

DOWNLOAD_PATH = f"/dataset/{PACKAGE_ID}/resource/{RESOURCE_ID}/download/{FILE_NAME}"

Parameters = Mapping[str, Any]


class Portal(Protocol):
    """What the actions ask of the portal."""

    def datastore(self, faults: list[Fault]) -> Datastore:
        """Return the database as these faults leave it."""

    def last_modified(self) -> str:
        """Return when the resource was last modified, as CKAN writes it."""

    def circumstances(self) -> Circumstances:
        """Return how faults are to be played."""


class ActionError(Exception):
    """CKAN answers with an error of its own."""

    def __init__(self, status: int, kind: str, details: dict[str, object]) -> None:
        super().__init__(kind)
        self.status, self.kind, self.details = status, kind, details


def invalid(**details: object) -> ActionError:
    return ActionError(409, "Validation Error", details)


def not_found() -> ActionError:
    return ActionError(404, "Not Found Error", {"message": "Not found"})


def perform(name: str, parameters: Parameters, portal: Portal, faults: list[Fault], base_url: str) -> Reply:
    """Return the reply to one action, its errors included."""
    help_url = f"{base_url}/api/3/action/help_show?name={name}"
    if name not in ACTIONS:
        return Reply(400, json.dumps(f"Bad request - Action name not known: {name}").encode())
    try:
        return success_reply(help_url, ACTIONS[name](parameters, portal, faults, base_url))
    except ActionError as error:
        return error_reply(error.status, error.kind, error.details, help_url=help_url)


def _datastore_search_sql(parameters: Parameters, portal: Portal, faults: list[Fault], base_url: str) -> str:
    sql = parameters.get("sql")
    if not sql:
        raise invalid(sql=["Missing value"])
    try:
        found = portal.datastore(faults).select(str(sql))
    except ForbiddenError as error:
        message = f"Access denied: {{'permissions': ['{error}']}}"
        raise ActionError(403, "Authorization Error", {"message": message}) from error
    except StatementError as error:
        original = str(error).removeprefix("(psycopg2.ProgrammingError) ")
        info = {"statement": [str(sql)], "params": [{}], "orig": [original]}
        raise invalid(query=[str(error)], info=info) from error
    answer = _spoilt(found, portal, faults)
    fields = [{"type": field.pg_type, "id": field.name} for field in answer.fields]
    truncated = ', "records_truncated": true' if answer.is_truncated else ""
    return (
        f'{{"records": {answer.records_json()}, "fields": {json.dumps(fields)}, "sql": {quoted(str(sql))}{truncated}}}'
    )


def _spoilt(answer: Answer, portal: Portal, faults: list[Fault]) -> Answer:
    for fault in faults:
        if isinstance(fault, PortalFault) and fault.on_answer and len(answer):
            answer = fault.on_answer(answer, portal.circumstances())
    return answer


def _required(parameters: Parameters, name: str) -> str:
    if not parameters.get(name):
        raise invalid(**{name: ["Missing value"]})
    return str(parameters[name])


def _resource_show(parameters: Parameters, portal: Portal, faults: list[Fault], base_url: str) -> str:
    if _required(parameters, "id") != RESOURCE_ID:
        raise not_found()
    return json.dumps(_resource(portal, base_url))


def _resource(portal: Portal, base_url: str) -> dict[str, object]:
    return {
        "id": RESOURCE_ID,
        "package_id": PACKAGE_ID,
        "name": RESOURCE_NAME,
        "description": "Generation by fuel type and carbon intensity, half-hourly. Simulated, or a recorded copy.",
        "format": "CSV",
        "mimetype": "text/csv",
        "url_type": "upload",
        "url": base_url + DOWNLOAD_PATH,
        "created": "2020-07-17T13:29:10.107132",
        "last_modified": portal.last_modified(),
        "size": None,
        "state": "active",
        "position": 0,
        "datastore_active": True,
    }


ACTIONS: dict[str, Callable[[Parameters, Portal, list[Fault], str], str]] = {
    "datastore_search_sql": _datastore_search_sql,
    "resource_show": _resource_show,
}
