"""CKAN's actions, as far as clients of this dataset ask for them.

https://docs.ckan.org/en/2.8/api/ and https://www.neso.energy/api-guidance
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from include.simulator.answer import Answer, quoted
from include.simulator.columns import DATETIME, FILE_NAME, PACKAGE_ID, PACKAGE_NAME, RESOURCE_ID, RESOURCE_NAME
from include.simulator.datastore import Datastore, ForbiddenError, Numbers, StatementError, identifier
from include.simulator.faults import Fault
from include.simulator.publisher import Publisher
from include.simulator.reply import Reply, error_reply, success_reply

DOWNLOAD_PATH = f"/dataset/{PACKAGE_ID}/resource/{RESOURCE_ID}/download/{FILE_NAME}"
LICENCE_URL = "https://www.neso.energy/data-portal/neso-open-licence"

DEFAULT_LIMIT = 100

Parameters = Mapping[str, Any]


class ActionError(Exception):
    """CKAN answers with an error of its own."""

    def __init__(self, status: int, kind: str, details: dict[str, object]) -> None:
        super().__init__(kind)
        self.status, self.kind, self.details = status, kind, details


def invalid(**details: object) -> ActionError:
    return ActionError(409, "Validation Error", details)


def not_found(message: str) -> ActionError:
    return ActionError(404, "Not Found Error", {"message": f"Not found: {message}" if message else "Not found"})


def perform(name: str, parameters: Parameters, publisher: Publisher, faults: list[Fault], base_url: str) -> Reply:
    """Return the reply to one action, its errors included."""
    help_url = f"{base_url}/api/3/action/help_show?name={name}"
    if name not in ACTIONS:
        return Reply(400, json.dumps(f"Bad request - Action name not known: {name}").encode())
    try:
        return success_reply(help_url, ACTIONS[name](parameters, publisher, faults, base_url))
    except ActionError as error:
        return error_reply(error.status, error.kind, error.details, help_url=help_url)


def kind_of(action: str) -> str:
    """Return which faults this action meets: those on the datastore or those on the resource."""
    return "datastore" if action.startswith("datastore") else "resource"


def _datastore_search_sql(parameters: Parameters, publisher: Publisher, faults: list[Fault], base_url: str) -> str:
    sql = parameters.get("sql")
    if not sql:
        raise invalid(sql=["Missing value"])
    try:
        found = publisher.datastore(faults).select(str(sql))
    except ForbiddenError as error:
        message = f"Access denied: {{'permissions': ['{error}']}}"
        raise ActionError(403, "Authorization Error", {"message": message}) from error
    except StatementError as error:
        original = str(error).removeprefix("(psycopg2.ProgrammingError) ")
        info = {"statement": [str(sql)], "params": [{}], "orig": [original]}
        raise invalid(query=[str(error)], info=info) from error
    answer = _spoilt(found, publisher, faults)
    fields = [{"type": field.pg_type, "id": field.name} for field in answer.fields]
    truncated = ', "records_truncated": true' if answer.is_truncated else ""
    return (
        f'{{"records": {answer.records_json()}, "fields": {json.dumps(fields)}, "sql": {quoted(str(sql))}{truncated}}}'
    )


def _datastore_search(parameters: Parameters, publisher: Publisher, faults: list[Fault], base_url: str) -> str:
    resource = _required(parameters, "resource_id")
    if resource != RESOURCE_ID:
        raise not_found(f'Resource "{resource}" was not found.')
    datastore = publisher.datastore(faults)
    types = datastore.field_types()
    limit, offset = _whole(parameters, "limit", DEFAULT_LIMIT), _whole(parameters, "offset", 0)
    wanted = _wanted_fields(parameters, types)
    condition, values = _filters(parameters, types)
    found = _searched(datastore, wanted, condition, values, _sort(parameters, types), limit, offset)
    answer = _spoilt(found, publisher, faults)
    result: dict[str, object] = {"include_total": True, "resource_id": resource}
    result["fields"] = [_described(name, {"_id": "int", **types}[name]) for name in wanted]
    result |= {"records_format": "objects", "limit": limit, "_links": _links(parameters, limit, offset)}
    result |= {"offset": offset} if offset else {}
    result |= {"records_truncated": True} if answer.is_truncated else {}
    if str(parameters.get("include_total", True)).lower() != "false":
        result["total"] = int(_count(datastore, condition, values))
    return json.dumps(result)[:-1] + f', "records": {answer.records_json()}}}'


def _searched(
    datastore: Datastore, wanted: list[str], condition: str, values: list[str], order: str, limit: int, offset: int
) -> Answer:
    listed = ", ".join(map(identifier, wanted))
    table = identifier(RESOURCE_ID)
    sql = f"select {listed} from {table}{condition} order by {order} limit {limit} offset {offset}"  # noqa: S608 - names are checked, values bound
    try:
        return datastore.select(sql, values, numbers=Numbers(as_text=False))
    except StatementError as error:
        raise invalid(query=[str(error)]) from error


def _count(datastore: Datastore, condition: str, values: list[str]) -> str:
    sql = f"select count(*) from {identifier(RESOURCE_ID)}{condition}"  # noqa: S608 - names are checked, values bound
    return datastore.select(sql, values).fields[0].values[0]


def _wanted_fields(parameters: Parameters, types: dict[str, str]) -> list[str]:
    listed = _listed(parameters.get("fields"))
    for name in listed:
        if name != "_id" and name not in types:
            raise invalid(fields=[f'field "{name}" not in table'])
    return listed or ["_id", *types]


def _filters(parameters: Parameters, types: dict[str, str]) -> tuple[str, list[str]]:
    """Return the WHERE of `filters`, a JSON object of columns and the values each may have."""
    given = parameters.get("filters") or {}
    try:
        filters = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise invalid(filters=["Cannot parse JSON"]) from error
    if not isinstance(filters, dict):
        raise invalid(filters=["Not a json object"])
    conditions, values = [], []
    for name, wanted in filters.items():
        if name != "_id" and name not in types:
            raise invalid(filters=[f'field "{name}" not in table'])
        several = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
        conditions.append(f"{identifier(name)} in ({', '.join('?' for _ in several) or 'null'})")
        values += several
    return (" where " + " and ".join(conditions) if conditions else ""), values


def _sort(parameters: Parameters, types: dict[str, str]) -> str:
    """Return the ORDER BY of `sort`, such as `DATETIME desc`; by _id where none is given."""
    clauses = []
    for clause in _listed(parameters.get("sort")):
        name, _, direction = clause.replace('"', "").partition(" ")
        if (name != "_id" and name not in types) or direction.strip().lower() not in ("", "asc", "desc"):
            raise invalid(sort=[f'field "{name}" not in table'])
        clauses.append(f"{identifier(name)} {direction}")
    return ", ".join(clauses) or '"_id"'


def _links(parameters: Parameters, limit: int, offset: int) -> dict[str, str]:
    path = "/api/3/action/datastore_search?"
    kept = {name: str(value) for name, value in parameters.items() if name != "offset"}
    links = {"start": path + urlencode(kept), "next": path + urlencode({**kept, "offset": str(offset + limit)})}
    return links | ({"prev": path + urlencode({**kept, "offset": str(max(offset - limit, 0))})} if offset else {})


def _described(name: str, pg_type: str) -> dict[str, object]:
    """Return a field with the publisher's own words about it."""
    if name == "_id":
        return {"type": pg_type, "id": name}
    text = f"{name} (MW; _perc: percent of GENERATION)"
    if name == DATETIME:
        text = "Date and time of historic generation mix and carbon intensity, given in UTC (ISO 8601 format)"
    info = {"title": name, "description": text, "type": pg_type, "unit": "", "example": "", "comment": ""}
    return {"info": info, "type": pg_type, "id": name}


def _spoilt(answer: Answer, publisher: Publisher, faults: list[Fault]) -> Answer:
    for fault in faults:
        if fault.on_answer and len(answer):
            answer = fault.on_answer(answer, publisher.circumstances())
    return answer


def _required(parameters: Parameters, name: str) -> str:
    if not parameters.get(name):
        raise invalid(**{name: ["Missing value"]})
    return str(parameters[name])


def _whole(parameters: Parameters, name: str, default: int) -> int:
    text = str(parameters.get(name, default))
    if not text.isdigit():
        raise invalid(**{name: ["Invalid integer"]})
    return int(text)


def _listed(value: object) -> list[str]:
    """Return a list that was given as such, or as text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def _resource_show(parameters: Parameters, publisher: Publisher, faults: list[Fault], base_url: str) -> str:
    if _required(parameters, "id") != RESOURCE_ID:
        raise not_found("")
    return json.dumps(_resource(publisher, base_url))


def _package_show(parameters: Parameters, publisher: Publisher, faults: list[Fault], base_url: str) -> str:
    if _required(parameters, "id") not in (PACKAGE_ID, PACKAGE_NAME):
        raise not_found("")
    return json.dumps(_package(publisher, base_url))


def _resource(publisher: Publisher, base_url: str) -> dict[str, object]:
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
        "last_modified": publisher.last_modified(),
        "size": None,
        "state": "active",
        "position": 0,
        "datastore_active": True,
    }


def _package(publisher: Publisher, base_url: str) -> dict[str, object]:
    return {
        "id": PACKAGE_ID,
        "name": PACKAGE_NAME,
        "title": "Historic generation mix and carbon intensity",
        "license_id": "ESO",
        "license_title": "NESO Open Data Licence",
        "license_url": LICENCE_URL,
        "state": "active",
        "type": "dataset",
        "metadata_created": "2020-07-17T13:28:42.011534",
        "metadata_modified": publisher.last_modified(),
        "num_resources": 1,
        "resources": [_resource(publisher, base_url)],
    }


ACTIONS: dict[str, Callable[[Parameters, Publisher, list[Fault], str], str]] = {
    "datastore_search_sql": _datastore_search_sql,
    "datastore_search": _datastore_search,
    "resource_show": _resource_show,
    "package_show": _package_show,
}
