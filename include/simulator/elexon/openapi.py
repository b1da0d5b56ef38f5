"""The OpenAPI document, in the structure of the API's own: routes with their parameters, and the members of rows."""

from collections.abc import Iterable
from typing import Any

from include.simulator.elexon.catalogue import Dataset, Parameter

VERSION = "3.0.4"
SERVER = "https://data.elexon.co.uk/bmrs/api/v1"
NAMES = "Insights.Api.Models.Responses."
JSON_TYPES = ("text/plain", "application/json", "text/json")
ALL_TYPES = (*JSON_TYPES, "application/xml", "text/xml", "text/csv")
REFUSALS = {
    "429": {"description": "Too many requests"},
    "400": {"description": "Error with query parameters - see response for details"},
    "500": {"description": "Server error - please try again later"},
}
HEALTH = {"200": {"description": "API is healthy"}, "503": {"description": "API is unhealthy or in degraded state"}}
FORMAT = {
    "name": "format",
    "in": "query",
    "description": "Response data format. Use json/xml to include metadata.",
    "schema": {"enum": ["json", "xml", "csv"], "type": "string"},
}
JSON_TYPE_OF = {
    "int32": "integer", "int64": "integer", "double": "number", "date": "string", "date-time": "string",
}  # fmt: skip
CHOICES = {
    "tradingUnitType": ["Base", "Sole", "Others"],
    "region": [
        "North Scotland", "South Scotland", "North West", "North East", "Midlands", "South West", "South East",
    ],
}  # fmt: skip
STREAMED = "This endpoint has an optimised JSON payload and is aimed at frequent requests for the data."
DAYS = (
    Parameter("settlementDateFrom", "date", False, "2022-09-20"),
    Parameter("settlementDateTo", "date", False, "2022-09-21"),
)
SETTLED_AT = (Parameter("settlementDate", "date", True, "2024-02-01"), Parameter("settlementPeriod", "int32", True, 1))
OUTAGE = "Transparency.Remit.DatasetRows.OutageProfileData"
SOURCES = "Insights.Api.Models.Metadata.ApiResponseSourceMetadata"
SYSTEM_PRICE = "Balancing.Settlement.SystemPriceResponse"
STATUS = "DataStatus.DataStatusResponse"
LATEST = "Reference.DatasetMetadataLatestRow"
BM_UNIT, INTERCONNECTOR = "Reference.BmUnitData", "Reference.InterconnectorData"
PRICE_FIELDS = (
    "settlementDate:date settlementPeriod:int32 startTime:date-time createdDateTime:date-time systemSellPrice:double"
    " systemBuyPrice:double bsadDefaulted:boolean priceDerivationCode:string? reserveScarcityPrice:double?"
    " netImbalanceVolume:double sellPriceAdjustment:double? buyPriceAdjustment:double? replacementPrice:double?"
    " replacementPriceReferenceVolume:double? totalAcceptedOfferVolume:double? totalAcceptedBidVolume:double?"
    " totalAdjustmentSellVolume:double? totalAdjustmentBuyVolume:double? totalSystemTaggedAcceptedOfferVolume:double?"
    " totalSystemTaggedAcceptedBidVolume:double? totalSystemTaggedAdjustmentSellVolume:double?"
    " totalSystemTaggedAdjustmentBuyVolume:double?"
)
UNIT_FIELDS = (
    "nationalGridBmUnit:string? elexonBmUnit:string? eic:string? fuelType:string? leadPartyName:string?"
    " bmUnitType:string? fpnFlag:boolean? bmUnitName:string? leadPartyId:string? demandCapacity:string?"
    " generationCapacity:string? productionOrConsumptionFlag:string? transmissionLossFactor:string?"
    " workingDayCreditAssessmentImportCapability:string? nonWorkingDayCreditAssessmentImportCapability:string?"
    " workingDayCreditAssessmentExportCapability:string? nonWorkingDayCreditAssessmentExportCapability:string?"
    " creditQualifyingStatus:boolean demandInProductionFlag:boolean gspGroupId:string? gspGroupName:string?"
    " interconnectorId:string?"
)
OTHER_ROWS = {
    SYSTEM_PRICE: PRICE_FIELDS,
    STATUS: "settlementDate:date settlementPeriod:int32 dataPointCount:int32",
    LATEST: "dataset:string? lastUpdated:date-time?",
    BM_UNIT: UNIT_FIELDS,
    INTERCONNECTOR: "interconnectorId:string? interconnectorName:string? interconnectorBiddingZone:string?",
    OUTAGE: "startTime:date-time endTime:date-time capacity:double",
}

Json = dict[str, Any]


def document(datasets: Iterable[Dataset], statuses: Iterable[str]) -> Json:
    """Return the document of these datasets, and of all other routes."""
    paths: Json = {}
    rows = {name: _fields(told) for name, told in OTHER_ROWS.items()}
    for dataset in datasets:
        rows[dataset.row] = dataset.fields
        paths[f"/datasets/{dataset.code}"] = _plain(dataset)
        if dataset.stream is not None:
            paths[f"/datasets/{dataset.code}/stream"] = _stream(dataset)
    paths |= _other_paths(statuses)
    return {
        "openapi": VERSION,
        "info": {"title": "Insights.Api", "version": "1.0"},
        "servers": [{"url": SERVER}],
        "paths": paths,
        "components": {"schemas": _schemas(rows)},
        "tags": [],
    }


def _plain(dataset: Dataset) -> Json:
    about = f"This endpoint provides {dataset.title}.\n{dataset.says}".rstrip()
    answer = _ref(f"DatasetResponse-1_{NAMES}{dataset.row}")
    return _route("BMRS Datasets", dataset.title, about, _parameters(dataset.plain, FORMAT), answer, ALL_TYPES)


def _stream(dataset: Dataset) -> Json:
    about = f"This endpoint provides {dataset.title}.\n{STREAMED}"
    parameters = _parameters(dataset.stream or ())
    return _route("BMRS Datasets", f"{dataset.title} stream", about, parameters, _array(dataset.row), JSON_TYPES)


def _other_paths(statuses: Iterable[str]) -> Json:
    latest = _ref(f"DatasetResponse-1_{NAMES}{LATEST}")
    says = "Returns the time when each dataset was last updated"
    return {
        "/datasets/metadata/latest": _route("BMRS Datasets", says, "", [FORMAT], latest, ALL_TYPES),
        **_price_paths(),
        "/reference/bmunits/all": _reference("BM Units", BM_UNIT),
        "/reference/interconnectors/all": _reference("Interconnectors", INTERCONNECTOR),
        "/health": {"get": {"tags": ["Health Check"], "summary": "Health check", "responses": HEALTH}},
        **{f"/data-status/{code}": _status(code) for code in statuses},
    }


def _price_paths() -> Json:
    tag, named = "Indicative Imbalance Settlement", "Settlement system prices by settlement date"
    says = "For each settlement period, only messages generated for the latest settlement run are returned."
    prices = _ref(f"ResponseWithMetadata-1_{NAMES}{SYSTEM_PRICE}")
    day, period = (_parameter(each, place="path") for each in SETTLED_AT)
    path = "/balancing/settlement/system-prices/{settlementDate}"
    by_period = f"{named} and period (DISEBSP)"
    return {
        path: _route(tag, f"{named} (DISEBSP)", says, [day, FORMAT], prices, ALL_TYPES),
        f"{path}/{{settlementPeriod}}": _route(tag, by_period, says, [period, day, FORMAT], prices, ALL_TYPES),
    }


def _reference(named: str, row: str) -> Json:
    return _route("Reference", named, "", [], _array(row), ALL_TYPES)


def _status(code: str) -> Json:
    counts = _ref(f"ResponseWithMetadata-1_{NAMES}{STATUS}")
    return _route("Data Status", f"Status of ingested {code} Data", "", _parameters(DAYS, FORMAT), counts, ALL_TYPES)


def _route(tag: str, summary: str, says: str, parameters: list[Json], schema: Json, types: Iterable[str]) -> Json:
    answer = {"description": "Data retrieved", "content": {each: {"schema": schema} for each in types}}
    about = {"tags": [tag], "summary": summary, "description": says, "parameters": parameters}
    return {"get": about | {"responses": {"200": answer, **REFUSALS}}}


def _parameters(parameters: Iterable[Parameter], *more: Json) -> list[Json]:
    return [*(_parameter(each) for each in parameters), *more]


def _parameter(parameter: Parameter, *, place: str = "query") -> Json:
    told: Json = {"name": parameter.name, "in": place}
    if parameter.is_required:
        told["required"] = True
    schema = _type(parameter.type.removesuffix("[]"))
    if parameter.type.endswith("[]"):
        schema = {"type": "array", "items": _type("int32") if schema["type"] == "integer" else schema}
    if parameter.name in CHOICES:
        schema = {"enum": CHOICES[parameter.name], **schema}
    if parameter.example is None:
        return told | {"schema": schema}
    return told | {"schema": schema | {"example": parameter.example}, "example": parameter.example}


def _type(name: str) -> Json:
    return {"type": JSON_TYPE_OF[name], "format": name} if name in JSON_TYPE_OF else {"type": name}


def _array(row: str) -> Json:
    return {"type": "array", "items": _ref(row)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{NAMES}{name}"}


def _fields(told: str) -> dict[str, str]:
    return dict(each.split(":") for each in told.split())


def _schemas(rows: dict[str, dict[str, str]]) -> Json:
    schemas: Json = {
        f"{NAMES}{name}": _object({each: _field(told) for each, told in fields.items()})
        for name, fields in rows.items()
    }
    for name in rows:
        data = {"data": {**_array(name), "nullable": True}}
        schemas[f"{NAMES}DatasetResponse-1_{NAMES}{name}"] = _object(data)
        if name in (SYSTEM_PRICE, STATUS):
            sources = {"metadata": {"$ref": f"#/components/schemas/{SOURCES}"}}
            schemas[f"{NAMES}ResponseWithMetadata-1_{NAMES}{name}"] = _object(data | sources)
    names = {"type": "array", "items": {"type": "string"}, "nullable": True}
    return schemas | {SOURCES: _object({"datasets": names})}


def _field(told: str) -> Json:
    name = told.removesuffix("?")
    schema = _array(OUTAGE) if name == "array" else _type(name)
    return schema | {"nullable": True} if told.endswith("?") else schema


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}
